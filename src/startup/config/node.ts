import { z } from 'zod';
import { parseQuietHours } from '../../pipeline/node-pace.ts';
import { LANGUAGES } from '../../sr/language.ts';
import { DEFAULT_OUTCOMES, OUTCOMES, SENDABLE } from '../../sr/report-choice.ts';
import { aeTitle, certificateFiles, network, port } from './network.ts';

/** TLS towards a node: `true`, or other authorities than the system's, or a certificate of ours that the node asks for. */
const nodeTls = z
  .strictObject({
    ca: certificateFiles.ca,
    cert: certificateFiles.cert.optional(),
    key: certificateFiles.key.optional(),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), 'cert and key go together')
  .or(z.literal(true).transform(() => ({ ca: [] as string[], cert: undefined, key: undefined })));

const node = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
        'a node name has letters, digits, dots, dashes and underscores',
      ),
    aeTitle: aeTitle.optional(),
    host: z.string().min(1).optional(),
    port: port.min(1).optional(),
    tls: nodeTls.optional(),
    /** from where the node may call: addresses or networks (10.0.0.0/24); empty: from anywhere */
    addresses: z.array(network).default([]),
    dicomWeb: z.url({ protocol: /^https?$/ }).optional(),
    /** credentials that a DICOMweb node asks for */
    auth: z
      .union([
        z.strictObject({ bearer: z.string().min(1) }),
        z.strictObject({ user: z.string().min(1), password: z.string() }),
      ])
      .optional(),
    /** true: it neither sends nor is asked nor gets anything */
    disabled: z.boolean().default(false),
    roles: z.array(z.enum(['source', 'archive', 'destination', 'annotator'])).min(1),
    /** how a DIMSE archive is asked for objects, and in which information model */
    retrieve: z.enum(['move', 'get']).optional(),
    queryModel: z.enum(['study', 'patient']).optional(),
    /** an archive that does not push is looked through for new CT studies of known patients */
    poll: z
      .strictObject({
        everyMinutes: z.int().min(1).max(10_080),
        lookBackDays: z.int().min(0).max(365).default(3),
      })
      .optional(),
    /** of a destination: how it is asked whether it keeps the reports that it took */
    confirm: z.enum(['none', 'auto', 'commitment', 'readBack']).default('none'),
    /** of a destination: off gets nothing, test: what is meant for it goes to testNode instead */
    mode: z.enum(['live', 'test', 'off']).default('live'),
    testNode: z.string().optional(),
    /** of a destination: which objects of a report it gets; default [sr, picture], without those that it does not take */
    sends: z.array(z.enum(SENDABLE)).min(1).optional(),
    /** of a destination: language of the text in them; default report.language */
    language: z.enum(LANGUAGES).optional(),
    /** of a destination: on which outcomes it gets a report */
    reportsOn: z
      .array(z.enum(OUTCOMES))
      .min(1)
      .default([...DEFAULT_OUTCOMES]),
    /** of a destination: form of the SR; default report.srSopClass */
    srSopClass: z.enum(['comprehensive', 'comprehensive3d']).optional(),
    /** of a destination: what it gets when it refuses that form */
    fallback: z.enum(['none', 'otherSrClass']).default('none'),
    /** wall-clock spans in which nothing is asked of the node and nothing is sent to it */
    quietHours: z
      .array(
        z
          .string()
          .refine(
            (text) => parseQuietHours(text) !== undefined,
            'such as "22:00-06:00" or "22:00-06:00 Europe/Vienna"',
          ),
      )
      .default([]),
    /** deliveries, queries, moves and cases to be drawn a minute; without it as fast as it goes */
    maxPerMinute: z.int().min(1).max(100_000).optional(),
  })
  .refine((n) => n.poll === undefined || n.roles.includes('archive'), 'only an archive can be polled')
  .refine(
    (n) => n.dicomWeb === undefined || n.confirm !== 'commitment',
    'a DICOMweb node has no storage commitment: confirm: readBack',
  )
  .refine(
    (n) => n.aeTitle !== undefined || n.dicomWeb !== undefined,
    'a node has an aeTitle or a dicomWeb address',
  )
  .refine(
    (n) => n.aeTitle === undefined || n.dicomWeb === undefined,
    'a node is DIMSE or DICOMweb: make two of it',
  )
  .refine(
    (n) =>
      n.dicomWeb !== undefined ||
      !n.roles.includes('destination') ||
      (n.host !== undefined && n.port !== undefined),
    'a destination needs host and port',
  )
  .refine(
    (n) =>
      n.dicomWeb !== undefined ||
      !n.roles.includes('archive') ||
      (n.host === undefined) === (n.port === undefined),
    'an archive that is to be asked needs host and port',
  );

/** A stand-in gets what it is meant for: it must not stand in for others itself. */
function isTestNode(
  nodes: readonly z.infer<typeof node>[],
  name: string,
  testNode: string | undefined,
): boolean {
  const found = nodes.find((each) => each.name === testNode);
  if (!found || found.name === name || found.disabled || found.mode !== 'live') return false;
  return found.dicomWeb !== undefined || (found.host !== undefined && found.port !== undefined);
}

/** Names are unique, and a node in test mode has its stand-in. */
export const nodeList = z
  .array(node)
  .default([])
  .superRefine((nodes, context) => {
    const seen = new Map<string, number>();
    for (const [index, { name }] of nodes.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: 'custom',
          message: `node ${name} is listed twice`,
          path: [index, 'name'],
        });
      seen.set(name, index);
    }
    for (const [index, { name, mode, testNode, disabled }] of nodes.entries()) {
      if (disabled || mode !== 'test' || isTestNode(nodes, name, testNode)) continue;
      const message = 'mode: test needs a testNode: another, live node with an address';
      context.addIssue({ code: 'custom', message, path: [index, 'testNode'] });
    }
  });
