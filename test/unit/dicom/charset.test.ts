import { describe, expect, it } from 'vitest';
import { textDecoder } from '../../../src/dicom/charset.ts';

/** Latin-1 characters as bytes, `~` standing for ESC. */
const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => (character === '~' ? 0x1b : character.charCodeAt(0)));

describe('SpecificCharacterSet (examples of PS3.5 annexes H, I, J, K)', () => {
  it.each([
    ['ISO_IR 100', 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
    ['ISO_IR 101', 'Wa\xb3\xeasa', 'Wałęsa'],
    ['ISO_IR 144', '\xbb\xee\xdace\xdc\xd1yp\xd3', 'Люкceмбypг'],
    ['ISO_IR 126', '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2', 'Διονυσιος'],
    ['ISO_IR 127', '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1', 'قباني^لنزار'],
    ['ISO_IR 138', '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4', 'שרון^דבורה'],
    ['ISO_IR 148', '\xc7avu\xfeo\xf0lu', 'Çavuşoğlu'],
    ['ISO_IR 166', '\xb9\xd2\xc2', 'นาย'],
    ['ISO_IR 13', '\xd4\xcf\xc0\xde^\xc0\xdb\xb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
    ['ISO_IR 192', 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe4\xb8\x9c', 'Wang^XiaoDong=王^小东'],
    ['GB18030', 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab', 'Wang^XiaoDong=王^小东'],
    ['GBK', '\xcd\xf5^\xd0\xa1\xb6\xab', '王^小东'],
    [
      '\\ISO 2022 IR 87',
      'Yamada^Tarou=~$B;3ED~(B^~$BB@O:~(B=~$B$d$^$@~(B^~$B$?$m$&~(B',
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
    ],
    [
      'ISO 2022 IR 13\\ISO 2022 IR 87',
      '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=~$B;3ED~(J^~$BB@O:~(J=~$B$d$^$@~(J^~$B$?$m$&~(J',
      'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    ],
    [
      '\\ISO 2022 IR 149',
      'Hong^Gildong=~$)C\xfb\xf3^~$)C\xd1\xce\xd4\xd7=~$)C\xc8\xab^~$)C\xb1\xe6\xb5\xbf',
      'Hong^Gildong=洪^吉洞=홍^길동',
    ],
    ['\\ISO 2022 IR 58', 'Zhang^XiaoDong=~$)A\xd5\xc5^~$)A\xd0\xa1\xb6\xab', 'Zhang^XiaoDong=张^小东'],
    ['\\ISO 2022 IR 100\\ISO 2022 IR 144', '~-A\xe9^~-L\xbb\xee', 'é^Лю'],
  ])('%s', (SpecificCharacterSet, encoded, expected) => {
    expect(textDecoder(SpecificCharacterSet)(bytes(encoded))).toBe(expected);
  });

  it('JIS X 0212 (ISO 2022 IR 159) is read through its three-byte EUC form', () => {
    const euc = new Uint8Array([0x8f, 0xb0, 0xa1]);
    const expected = new TextDecoder('euc-jp').decode(euc);
    expect(textDecoder('\\ISO 2022 IR 159')(bytes('~$(D0!~(B'))).toBe(expected);
    expect(expected).not.toContain('\ufffd');
  });

  it('after a delimiter of a name the first character set is back', () => {
    expect(textDecoder('ISO 2022 IR 100\\ISO 2022 IR 144')(bytes('~-L\xbb^\xe9'))).toBe('Л^é');
  });

  it('a 0x5C that is half of a Chinese character is not a separator of values', () => {
    expect(textDecoder('GB18030')(new Uint8Array([0x81, 0x5c]))).toHaveLength(1);
  });

  it('without a declared set, valid UTF-8 is read as UTF-8 and anything else as Latin-1', () => {
    expect(textDecoder(undefined)(bytes('J\xc3\xa9r\xc3\xb4me'))).toBe('Jérôme');
    expect(textDecoder(undefined)(bytes('J\xe9r\xf4me'))).toBe('Jérôme');
    expect(textDecoder('ISO_IR 999')(bytes('J\xe9r\xf4me'))).toBe('Jérôme');
  });

  it('a broken escape at the end of the value does not stop the reader', () => {
    expect(textDecoder('\\ISO 2022 IR 87')(bytes('A~'))).toBe('A');
    expect(textDecoder('\\ISO 2022 IR 87')(bytes('A~$'))).toContain('A');
  });
});
