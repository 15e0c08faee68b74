import type { CollectorMessage } from '../../src/ports.ts';

/** Security/authorization messages. */
const FACILITY = 10;
const NOTICE = 5;
const WARNING = 4;
/** The one that PS3.15 A.6 names. */
const MSGID = 'DICOM+RFC3881';
/** Says that the message is UTF-8 (RFC 5424 6.4). */
const BYTE_ORDER_MARK = '\uFEFF';

export type SyslogOrigin = Readonly<{ host: string; application: string; processId: number }>;

/**
 * A syslog message in the frame of a stream: its octets are counted.
 * @see RFC 5424 6, RFC 5425 4.3, PS3.15 A.6
 */
export function syslogFrame({ at, xml, isAlarming }: CollectorMessage, origin: SyslogOrigin): Buffer {
  const priority = FACILITY * 8 + (isAlarming ? WARNING : NOTICE);
  const header = [
    `<${priority}>1`,
    at.toISOString(),
    printable(origin.host, 255),
    printable(origin.application, 48),
    String(origin.processId),
    MSGID,
    '-',
  ].join(' ');
  const message = Buffer.from(`${header} ${BYTE_ORDER_MARK}${xml}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** PRINTUSASCII, never empty. */
const printable = (value: string, most: number): string =>
  value.replaceAll(/[^\x21-\x7e]/g, '').slice(0, most) || '-';
