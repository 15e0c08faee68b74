/**
 * Field pain: multi-valued character sets with code extensions throw, and names are garbled on the way out
 * (dcmjs#373, #84, #413; dcmjs-dimse#60). Names must survive from the CT to the report, which is UTF-8.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { type DeclaredName, withName } from '../support/declared-text.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const NAMES: Readonly<Record<string, DeclaredName & { text: string }>> = {
  'Japanese, ISO 2022 IR 87': {
    SpecificCharacterSet: '\\ISO 2022 IR 87',
    bytes: 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    text: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  },
  'Japanese, ISO_IR 13 with ISO 2022 IR 87': {
    SpecificCharacterSet: 'ISO 2022 IR 13\\ISO 2022 IR 87',
    bytes: '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J',
    text: 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎',
  },
  'Korean, ISO 2022 IR 149': {
    SpecificCharacterSet: '\\ISO 2022 IR 149',
    bytes: 'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    text: 'Hong^Gildong=洪^吉洞=홍^길동',
  },
  'Chinese, GB18030': {
    SpecificCharacterSet: 'GB18030',
    bytes: 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab',
    text: 'Wang^XiaoDong=王^小东',
  },
  'Chinese, ISO 2022 IR 58': {
    SpecificCharacterSet: '\\ISO 2022 IR 58',
    bytes: 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab',
    text: 'Zhang^XiaoDong=张^小东',
  },
  'Greek, ISO_IR 126': {
    SpecificCharacterSet: 'ISO_IR 126',
    bytes: '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2',
    text: 'Διονυσιος',
  },
  'Cyrillic, ISO_IR 144': {
    SpecificCharacterSet: 'ISO_IR 144',
    bytes: '\xbb\xee\xdace\xdc\xd1yp\xd3',
    text: 'Люкceмбypг',
  },
};

describe('a name in the character set of its country', () => {
  let earshot: RunningService;
  beforeAll(async () => {
    earshot = await startService();
  });
  afterAll(() => earshot[Symbol.asyncDispose]());

  test.each(Object.entries(NAMES))('%s: is the same name in the report, in UTF-8', async (title, name) => {
    const phantom = phantomCase(`script-${Object.keys(NAMES).indexOf(title)}`);
    for (const { all } of [phantom.baseline, phantom.followUp]) {
      await earshot.send(all.map((file) => withName(readPart10(file), name)));
    }
    await earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    const [report] = earshot.arrived(phantom.followUp.StudyInstanceUID);
    const bytes = Buffer.from(report!.bytes);
    expect(readPart10(bytes)['SpecificCharacterSet']).toBe('ISO_IR 192');
    expect(bytes.includes(Buffer.from(name.text, 'utf8'))).toBe(true);
  });
});
