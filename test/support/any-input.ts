/** Inputs for an operation from its JSON schema: mostly such as fit, and now and then what nobody should send. */
import fc from 'fast-check';

export type Schema = Readonly<{
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
  pattern?: string;
}>;

/** What has broken other software. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '<script>alert(1)</script>',
  `"'><img src=x onerror=alert(1)>`,
  '../../../../etc/passwd',
  '\'; DROP TABLE "study"; --',
  '\u0000',
  '\u202eabc',
  '%00%0d%0aSet-Cookie:x=1',
  '\x24{7*7}{{7*7}}',
  '=HYPERLINK("http://x")',
  'x'.repeat(70_000),
  '\ud800',
  '__proto__',
  'constructor',
  '1e999',
  '-0',
] as const;

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.constantFrom(null, true, -1, 0, 1.5, Number.MAX_SAFE_INTEGER, 1e308, [], {}, [[]], { __proto__: null }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.anything({ maxDepth: 2 }),
);

export const anyInput = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: fitting(schema), weight: 4 }, { arbitrary: hostile, weight: 1 });

function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(anyInput));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return anyObject(schema);
    case 'array':
      return fc.array(anyInput(schema.items ?? {}), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return anyNumber(schema);
    case 'string':
      return anyText(schema);
    default:
      return hostile;
  }
}

/** Sometimes without a part that is needed, sometimes with one that is unknown. */
export const anyObject = ({
  properties = {},
  required = [],
}: Schema): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record(Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, anyInput(each)])), {
      requiredKeys: [...required].filter((name) => name in properties),
    })
    .chain((whole) => fc.constantFrom(whole, whole, whole, { ...whole, unknown: 1 }));

const anyNumber = ({ minimum = -1000, maximum = 100_000, type }: Schema): fc.Arbitrary<number> =>
  type === 'integer'
    ? fc.integer({ min: Math.ceil(Math.max(minimum, -1e9)), max: Math.floor(Math.min(maximum, 1e9)) })
    : fc.double({ min: Math.max(minimum, -1e9), max: Math.min(maximum, 1e9), noNaN: true });

function anyText({ format, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'base64')
    return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  const most = Math.min(maxLength, 60);
  return fc.oneof(
    fc.string({ minLength: Math.min(minLength, most), maxLength: most }),
    fc.stringMatching(/^[0-9][0-9.]{2,30}$/),
    fc.constantFrom('pacs', 'baseline', 'eligibility', 'roi', 'ear-delta-2023', '1.2.840.1', 'a reason'),
  );
}
