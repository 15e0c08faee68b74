import { type FaultTable, row } from './row.ts';

/** Of those whom we call, and of those who call us over HTTP. */
export const NETWORK_FAULTS = {
  // Peers
  NODE_UNKNOWN: row(
    'refuse',
    'No node of that name is configured.',
    'Add it under nodes in the configuration.',
  ),
  NODE_OFF: row(
    'hold',
    'The node gets no reports now: its mode is off or test, or it is no destination.',
    'Set mode: live and the role destination: what waits for it then goes out.',
  ),
  PEER_UNREACHABLE: row('retry', 'The peer cannot be reached.', 'Check host, port and firewall.'),
  PEER_TLS: row(
    'retry',
    'No trusted TLS connection to the peer came about.',
    'Run `earshot tls NODE`: it shows the certificate of the peer and what is wrong with it.',
  ),
  PEER_REJECTED: row('retry', 'The peer rejected the association.', 'Check the AE titles on both sides.'),
  PEER_NO_CONTEXT: row(
    'refuse',
    'The peer does not accept this SOP class.',
    'Enable it at the peer or choose another report form.',
  ),
  PEER_REFUSED: row('refuse', 'The peer refused the object.', 'See the status and comment it gave.'),
  PEER_BUSY: row('retry', 'The peer is out of resources.', 'It is tried again by itself.'),
  PEER_TIMEOUT: row('retry', 'The peer did not answer in time.', 'It is tried again by itself.'),
  PEER_PROTOCOL: row(
    'retry',
    'The peer sent what DICOM does not allow here, or answers without an end.',
    'The association was given up. See the reason, and the log of the peer or of what stands between.',
  ),
  PEER_UNCONFIRMED: row(
    'retry',
    'The peer took the report but does not confirm that it keeps it.',
    'It is sent again by itself; check storage commitment or query at the peer, or set confirm: none.',
  ),

  // The HTTP door
  REQUEST_MALFORMED: row(
    'refuse',
    'The HTTP request is not one that can be read.',
    'Check the client: PS3.18 10.5 says what a Store request looks like.',
  ),
  REQUEST_TOO_LARGE: row(
    'refuse',
    'The HTTP request is larger than the limit, or has too many parts.',
    'Send fewer instances a request, or raise http.stow.maxRequestMiB or maxParts.',
  ),
  REQUEST_TOO_SLOW: row(
    'retry',
    'The HTTP request stood still, or came too slowly.',
    'Check the network; http.stow.idleSeconds is the limit.',
  ),
  REQUEST_CUT: row('retry', 'The connection ended before the HTTP request did.', 'Send the request again.'),
  MEDIA_TYPE_UNSUPPORTED: row(
    'refuse',
    'The media type of the request is not taken.',
    'Send multipart/related; type="application/dicom".',
  ),
  NOT_ACCEPTABLE: row(
    'refuse',
    'No media type that the caller accepts can be given.',
    'Accept application/dicom+json or application/dicom+xml.',
  ),
  UNAUTHORISED: row(
    'refuse',
    'The caller is not known, or may not do this.',
    'Give the token, or user and password, of a sender in http.senders.',
  ),
  TOO_MANY_REQUESTS: row(
    'retry',
    'Too many requests at once, or too many failed logins.',
    'Try again later; http.stow.maxRequests is the limit.',
  ),
  SOP_CLASS_UNSUPPORTED: row(
    'refuse',
    'Objects of this SOP class are not taken.',
    'Do not route them to Earshot.',
  ),
  STUDY_MISMATCH: row(
    'refuse',
    'The instance is of another study than the address names.',
    'Store to the study of the instance, or to /dicom-web/studies.',
  ),

  NODE_QUIET: row(
    'retry',
    'It is a quiet hour of the node.',
    'It is asked when its quiet hours are over; this is no failed try.',
  ),
  // Archives that are asked for priors
  QUERY_UNSAFE: row(
    'refuse',
    'The Patient ID is empty or holds a character that an archive takes as a wildcard.',
    'Send the earlier study by hand; correct the Patient ID at its source.',
  ),
  QUERY_REFUSED: row(
    'retry',
    'The archive did not answer the query.',
    'See the status it gave; set queryModel: patient if it has no Study Root.',
  ),
  QUERY_TOO_MANY: row(
    'retry',
    'The archive answered with more than any patient has.',
    'It ignores the matching keys: correct it, or take the role archive from the node.',
  ),
  RETRIEVE_REFUSED: row(
    'retry',
    'The archive did not send what was asked for.',
    'See the status it gave; what did arrive is kept.',
  ),
  MOVE_DESTINATION_UNKNOWN: row(
    'retry',
    'The archive does not know our AE title as a move destination.',
    'Enter our AE title, host and port at the archive, or set retrieve: get for the node.',
  ),
  RETRIEVE_NOTHING_CAME: row(
    'retry',
    'The archive says that it has sent the series, and nothing arrived.',
    'Check which host and port the archive has for our AE title, and that its calling title is a node here.',
  ),
  RETRIEVE_INCOMPLETE: row(
    'retry',
    'Fewer objects arrived than the archive announced.',
    'It is asked again by itself; see the log of the archive.',
  ),
} as const satisfies FaultTable;
