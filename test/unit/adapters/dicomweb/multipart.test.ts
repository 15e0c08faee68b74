import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultipartParser } from '../../../../adapters/dicomweb/multipart.ts';

type Part = Readonly<{ headers: Record<string, string>; data: Buffer }>;

/** Parses `body` in pieces that end at `cuts`; data events are joined, and each is checked to be a part's. */
function parse(boundary: string, body: Buffer, cuts: readonly number[] = []): Part[] {
  const parser = new MultipartParser(boundary);
  const parts: { headers: Record<string, string>; pieces: Buffer[]; done: boolean }[] = [];
  const ends = [...cuts.map((cut) => cut % (body.length + 1)), body.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    // A copy each: what the parser holds must not depend on the piece before.
    for (const event of parser.push(Uint8Array.from(body.subarray(from, to)))) {
      const last = parts.at(-1);
      if (event.kind === 'part') {
        expect(last?.done ?? true).toBe(true);
        parts.push({ headers: Object.fromEntries(event.headers), pieces: [], done: false });
      } else {
        expect(last?.done).toBe(false);
        if (event.kind === 'data') last!.pieces.push(event.bytes);
        else last!.done = true;
      }
    }
    from = to;
  }
  parser.end();
  return parts.map(({ headers, pieces }) => ({ headers, data: Buffer.concat(pieces) }));
}

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (thrown) {
    return String((thrown as { code?: string }).code);
  }
  return 'none';
};
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const lines = (...all: string[]): Buffer => bytes(all.join('\r\n'));

const cuts = fc.array(fc.nat(), { maxLength: 40 });
/** Bytes that look as much like a delimiter as data may. */
const trickyData = (boundary: string) =>
  fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some)),
        fc
          .nat({ max: boundary.length + 3 })
          .map((length) => bytes(`\r\n--${boundary}`.slice(0, Math.min(length, boundary.length + 3)))),
        fc.constantFrom('\r', '\n', '\r\n', '-', '--', '\r\r\n', '\n--', '\r\n--').map(bytes),
      ),
      { maxLength: 8 },
    )
    .map((pieces) => Buffer.concat(pieces))
    .filter((data) => {
      const whole = Buffer.concat([bytes('\n'), data, bytes(`\r\n--${boundary}`)]);
      return whole.indexOf(`\n--${boundary}`) === whole.length - boundary.length - 3;
    });
/** As above, of which no byte may be mistaken for a bare line feed's CR. */
const boundaries = fc
  .stringMatching(/^[A-Za-z0-9'()+_,./:=?-]{1,70}$/)
  .filter((text) => text.length > 0 && text.length <= 70);

describe('RFC 2046 5.1: a multipart body', () => {
  it('gives every part back to the byte, wherever it is cut and whatever the data looks like', () => {
    const bodies = boundaries.chain((boundary) =>
      fc.record({
        boundary: fc.constant(boundary),
        preamble: fc.constantFrom('', '\r\n', 'This is a multipart message.\r\n', 'a\r\nb\r\n'),
        epilogue: fc.constantFrom('', '\r\n', '\r\nmore', `\r\n--${boundary}\r\nnot a part`),
        padding: fc.constantFrom('', ' ', ' \t'),
        parts: fc.array(trickyData(boundary), { minLength: 1, maxLength: 4 }),
        cuts,
      }),
    );
    fc.assert(
      fc.property(bodies, ({ boundary, preamble, epilogue, padding, parts, cuts: at }) => {
        const body = Buffer.concat([
          bytes(preamble),
          ...parts.flatMap((data, index) => [
            bytes(`${index === 0 ? '' : '\r\n'}--${boundary}${padding}\r\n`),
            bytes('Content-Type: application/dicom\r\n\r\n'),
            data,
          ]),
          bytes(`\r\n--${boundary}--${epilogue}`),
        ]);
        const found = parse(boundary, body, at);
        expect(found.map(({ data }) => data.toString('hex'))).toEqual(
          parts.map((data) => data.toString('hex')),
        );
        for (const { headers } of found) expect(headers).toEqual({ 'content-type': 'application/dicom' });
      }),
      { numRuns: 400 },
    );
  });

  it('is the same when it comes byte by byte', () => {
    const body = lines('--b', 'Content-Type: application/dicom', '', 'one\r\n--c\n-', '--b', '', '', '--b--');
    const every = Array.from(body, (_, at) => at);
    expect(parse('b', body, every)).toEqual(parse('b', body));
    expect(parse('b', body).map(({ data }) => String(data))).toEqual(['one\r\n--c\n-', '']);
  });

  it('may have bare line feeds for line breaks', () => {
    const body = bytes('--b\nContent-Type: application/dicom\n\nDATA\n--b\n\nMORE\n--b--\n');
    expect(parse('b', body).map(({ data }) => String(data))).toEqual(['DATA', 'MORE']);
  });

  it('may have part headers in any case, folded, twice, or none', () => {
    const body = lines(
      ...[
        '--b',
        'CONTENT-type:application/dicom;',
        ' transfer-syntax=1.2',
        'content-TYPE: text/plain',
        '',
        '1',
      ],
      ...['--b', '', '2', '--b--'],
    );
    expect(parse('b', body)).toEqual([
      { headers: { 'content-type': 'application/dicom; transfer-syntax=1.2' }, data: bytes('1') },
      { headers: {}, data: bytes('2') },
    ]);
  });

  it('may have parts without a body, also when their headers end with the line break of the boundary', () => {
    const body = bytes('--b\r\nA: b\r\n\r\n--b\r\nA: b\r\n\r\n\r\n--b--');
    expect(parse('b', body).map(({ data }) => data.length)).toEqual([0, 0]);
  });

  it('may have a boundary that is longer than it should: that of Orthanc has 73 characters', () => {
    const boundary = 'x'.repeat(73);
    expect(parse(boundary, lines(`--${boundary}`, '', 'data', `--${boundary}--`))).toHaveLength(1);
  });

  it('has no part when it has none', () => expect(parse('b', lines('', '--b--'))).toEqual([]));

  it.each([
    ['is cut within a part', lines('--b', '', 'data')],
    ['is cut within part headers', lines('--b', 'Content-Type: application/dicom')],
    ['is cut behind a boundary', lines('--b', '', 'data', '--b')],
    ['never names its boundary', bytes('data without any')],
    ['is empty', bytes('')],
    ['has text behind a boundary', lines('--b text', '', 'data', '--b--')],
    ['has a part header without a colon', lines('--b', 'no colon', '', 'data', '--b--')],
    ['has a part header without a name', lines('--b', ': value', '', 'data', '--b--')],
    ['has part headers of any length', lines('--b', `A: ${'x'.repeat(9000)}`, '', '', '--b--')],
    ['has any number of part headers', lines('--b', ...Array<string>(3000).fill('A: b'), '', '', '--b--')],
    ['has white space of any length behind a boundary', lines(`--b${' '.repeat(300)}`, '', '', '--b--')],
  ])('that %s is REQUEST_MALFORMED', (_, body) => {
    expect(refusal(() => parse('b', body))).toBe('REQUEST_MALFORMED');
    expect(
      refusal(() =>
        parse(
          'b',
          body,
          Array.from(body, (_byte, at) => at),
        ),
      ),
    ).toBe('REQUEST_MALFORMED');
  });

  it.each(['', ' ', 'ends in space ', 'x'.repeat(201), 'line\nbreak', 'ümlaut', '\0'])(
    'has no boundary like %j',
    (boundary) => expect(refusal(() => new MultipartParser(boundary))).toBe('REQUEST_MALFORMED'),
  );

  it('of any bytes at all ends in parts or in REQUEST_MALFORMED, and no part has bytes that did not come', () => {
    const soup = fc
      .array(
        fc.oneof(
          fc.constantFrom('--b', '\r\n', '\n', '--', 'A: b', ':', ' ', '\r', 'b--', '\r\n--b\r\n').map(bytes),
          fc.uint8Array({ maxLength: 20 }).map((some) => Buffer.from(some)),
        ),
        { maxLength: 30 },
      )
      .map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(soup, cuts, (body, at) => {
        let whole: Part[] | string = 'none';
        let cut: Part[] | string = 'none';
        const whole_ = refusal(() => {
          whole = parse('b', body);
        });
        const cut_ = refusal(() => {
          cut = parse('b', body, at);
        });
        expect(['none', 'REQUEST_MALFORMED']).toContain(whole_);
        expect(cut_).toBe(whole_);
        expect(cut).toEqual(whole);
        if (typeof whole !== 'string')
          for (const { data } of whole as Part[]) expect(body.includes(data)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is not copied: the data of a part are views of the pieces that came', () => {
    const parser = new MultipartParser('b');
    Array.from(parser.push(lines('--b', '', 'first')));
    const piece = Buffer.alloc(64 * 1024, 7);
    const [event] = Array.from(parser.push(piece)).slice(-1);
    expect(event?.kind === 'data' && event.bytes.buffer === piece.buffer).toBe(true);
  });
});
