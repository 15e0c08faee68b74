/** Presentation contexts may be proposed in any order of their IDs (PS3.8 9.3.2.2); dcmjs-dimse 0.3.3 renumbers all but one. */

/** PDU header, protocol version, titles and reserved bytes: what comes before the items (PS3.8 table 9-11). */
const ITEMS_AT = 74;
const PRESENTATION_CONTEXT = 0x20;

/** The same A-ASSOCIATE-RQ with its presentation contexts in ascending order; as it is when its item lengths lie. */
export function contextsInOrder(request: Buffer): Buffer {
  const items: Buffer[] = [];
  for (let at = ITEMS_AT; at < request.length; ) {
    const end = at + 4 <= request.length ? at + 4 + request.readUInt16BE(at + 2) : Number.POSITIVE_INFINITY;
    if (end > request.length) return request;
    items.push(request.subarray(at, end));
    at = end;
  }
  const isContext = (item: Buffer) => item[0] === PRESENTATION_CONTEXT && item.length > 4;
  const contexts = items.filter(isContext).sort((a, b) => a.readUInt8(4) - b.readUInt8(4));
  const ordered = items.map((item) => (isContext(item) ? (contexts.shift() ?? item) : item));
  return Buffer.concat([request.subarray(0, ITEMS_AT), ...ordered]);
}
