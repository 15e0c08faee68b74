/** What an administrator is told when a check of a node has failed: one sentence on what happened, one on what to do. */
import type { CheckKind, CheckOutcome } from '../catalogue/node-checks.ts';
import type { Fault } from '../fault.ts';

/** What came of a check, without its node and times. */
export type Finding = Readonly<{ outcome: CheckOutcome; code: string; text: string }>;

export const passed = (text: string): Finding => ({ outcome: 'passed', code: '', text });
export const skipped = (text: string): Finding => ({ outcome: 'skipped', code: '', text });

/** How the peer knows us, and how we know it. */
export type Ends = Readonly<{
  kind: CheckKind;
  ownAeTitle: string;
  ownPort: number;
  /** aeTitle, host and port, or the address of its DICOMweb service */
  peer: string;
}>;

type Advice = Readonly<{ code: Fault['code']; detail?: RegExp; says: (ends: Ends) => string }>;

/** The first row that fits; what is not here has the sentence and remedy of its code. */
const ADVICE: readonly Advice[] = [
  {
    code: 'PEER_REJECTED',
    detail: /calling AE title not recognised/,
    says: ({ ownAeTitle }) =>
      `The peer does not know our AE title: tell its administrator that ${ownAeTitle} calls from this machine.`,
  },
  {
    code: 'PEER_REJECTED',
    detail: /called AE title not recognised/,
    says: ({ peer }) => `The peer has another AE title than ${peer}: correct aeTitle of the node.`,
  },
  {
    code: 'PEER_REJECTED',
    detail: /congestion|local limit/,
    says: () => 'The peer has too many associations open: try again later, or have its limit raised.',
  },
  {
    code: 'MOVE_DESTINATION_UNKNOWN',
    says: ({ ownAeTitle, ownPort }) =>
      `The archive does not know where to send: tell its administrator our AE title ${ownAeTitle}, the host name or address of this machine, and port ${ownPort}; or set retrieve: get.`,
  },
  {
    code: 'RETRIEVE_NOTHING_CAME',
    says: ({ ownAeTitle, ownPort }) =>
      `The archive says that it has sent the object, and none came: check which host and port it has for ${ownAeTitle} (ours is port ${ownPort}), the firewall, and that its calling AE title is a node here.`,
  },
  {
    code: 'PEER_UNREACHABLE',
    detail: /ECONNREFUSED/,
    says: ({ peer }) => `Nothing listens at ${peer}: check host and port, and that the peer is running.`,
  },
  {
    code: 'PEER_UNREACHABLE',
    detail: /ENOTFOUND|EAI_/,
    says: ({ peer }) => `The host name of ${peer} is not known: check the name, and the DNS of this machine.`,
  },
  {
    code: 'PEER_UNREACHABLE',
    detail: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    says: ({ peer }) => `There is no way to ${peer}: check the address, the route and the firewall.`,
  },
  {
    code: 'PEER_UNREACHABLE',
    says: ({ peer }) =>
      `${peer} closed the connection without an answer: check that the port speaks what the node is configured for, with or without TLS.`,
  },
  {
    code: 'PEER_PROTOCOL',
    says: ({ peer }) =>
      `What answers at ${peer} does not keep to DICOM: check that the port is that of its DICOM service, and whether it wants TLS.`,
  },
  {
    code: 'PEER_TIMEOUT',
    says: ({ peer }) =>
      `${peer} did not answer in time: check the firewall, and whether the peer is busy or waits for something.`,
  },
  {
    code: 'PEER_NO_CONTEXT',
    says: ({ kind }) => `The peer does not offer ${SERVICES[kind]}: have it enabled for our AE title there.`,
  },
  {
    code: 'QUERY_TOO_MANY',
    says: () =>
      'The archive does not match by Patient ID: it must not be asked for priors before that is corrected there.',
  },
  {
    code: 'QUERY_REFUSED',
    detail: /HTTP 40[13]/,
    says: () => 'The server refuses our login: check auth of the node, and the rights of that user there.',
  },
];

const SERVICES: Readonly<Record<CheckKind, string>> = {
  echo: 'Verification (C-ECHO)',
  find: 'Query (C-FIND)',
  move: 'Retrieve (C-MOVE or C-GET) in the information model asked for',
  store: 'Storage of the SR class that was sent',
  web: 'DICOMweb',
  certificate: 'TLS',
};

/** A failed check as a finding. */
export function failedBecause(fault: Fault, ends: Ends): Finding {
  const row = ADVICE.find(
    ({ code, detail }) => code === fault.code && (!detail || detail.test(fault.detail)),
  );
  const plain = fault.message.slice(fault.code.length + 2);
  if (!row) return { outcome: 'failed', code: fault.code, text: plain.slice(0, MOST_TEXT) };
  const said = fault.detail ? ` (${fault.detail.replace(/\.$/, '')})` : '';
  return { outcome: 'failed', code: fault.code, text: `${row.says(ends)}${said}`.slice(0, MOST_TEXT) };
}
const MOST_TEXT = 600;
