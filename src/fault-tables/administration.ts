import { type FaultTable, row } from './row.ts';

/** Of secrets, the administrator's pages, the API, and what speaks to people: logins, changes, notifications, the audit trail. */
export const ADMINISTRATION_FAULTS = {
  SECRET_FILE_OPEN: row(
    'refuse',
    'Everybody on this machine can read or write a file with a secret.',
    'Close it to others: `chmod 640 FILE` (in Kubernetes `defaultMode: 0440`), with the service as owner or in the group of the file. Below /run/secrets it may be open to be read, not to be written.',
  ),
  FORBIDDEN: row('refuse', 'Your role does not include this.', 'Ask an administrator for the role named.'),
  ADMIN_LOCKED: row(
    'refuse',
    'Changes in the browser and by the API are locked.',
    'Change the configuration file, or set admin.locked to false there.',
  ),
  INPUT_INVALID: row('refuse', 'The input is not valid.', 'Correct the field named.'),
  BODY_TOO_SLOW: row(
    'refuse',
    'What was sent took too long to arrive.',
    'Send it again, over a faster connection; nothing was changed.',
  ),
  LOGIN_FAILED: row(
    'refuse',
    'Name or password is wrong, or there were too many attempts.',
    'Try again, after the minutes named where there were so many; or ask an administrator.',
  ),
  LOGIN_LOCKED: row(
    'refuse',
    'Too many wrong passwords came from this address.',
    'Wait for the minutes named.',
  ),
  SESSION_EXPIRED: row(
    'refuse',
    'The session is over.',
    'Log in again; what was typed is still in the form when you go back.',
  ),
  REQUEST_FORGED: row(
    'refuse',
    'The form does not belong to this session.',
    'Open the page again and send it from there.',
  ),
  SETUP_LINK_INVALID: row(
    'refuse',
    'The link for the first administrator is not valid any more.',
    'Restart the service for a new one, or run `earshot user add`.',
  ),
  USER_INVALID: row('refuse', 'The user cannot be made or changed so.', 'Correct what is named.'),
  OIDC_FAILED: row(
    'refuse',
    'The identity provider did not log you in.',
    'Try again; an administrator finds the reason in the log.',
  ),
  OIDC_NAME_TAKEN: row(
    'refuse',
    'There is an account of your name here, and nothing says that it is yours.',
    'Have an administrator link it to the subject named, under Users or by `earshot user link NAME SUBJECT --issuer ISSUER`, or remove it.',
  ),
  CHANGE_CONFLICT: row(
    'refuse',
    'Somebody else changed this meanwhile.',
    'Open the page again and make your change to what stands there now.',
  ),
  CHANGE_EMPTY: row('refuse', 'There is nothing to change.', 'Change a value first.'),
  MODEL_EXISTS: row(
    'refuse',
    'A model of this id lies in the models folder, with other bytes.',
    'Give the new model another id: a file that results may rest on is never written over.',
  ),
  MODELS_FOLDER_FIXED: row(
    'refuse',
    'No model can be added to those that come with Earshot.',
    'Set modelsDir in earshot.yaml to a folder of your own, copy the models in use into it, and start again.',
  ),
  APPROVAL_NEEDED: row(
    'refuse',
    'Another administrator must approve the change.',
    'A change cannot be approved by the person who made it.',
  ),
  ACTION_NOT_POSSIBLE: row(
    'refuse',
    'The case does not allow this now.',
    'Open the case again: its state may have changed.',
  ),
  PATIENT_UNDER_WAY: row(
    'retry',
    'Something is being done with a case of this patient, or an object of it came a moment ago.',
    'Wait until its cases rest, ten minutes after the last object at most, and give the command again.',
  ),
  NO_RECEIVER: row(
    'retry',
    'No process that takes DICOM objects runs.',
    'Start one: `earshot serve --role receive`. One that was just started is known within seconds.',
  ),
  SELF_TEST_FAILED: row('refuse', 'The test patient did not come through.', 'See the step named.'),
  TEST_PATIENT_CLOSED: row(
    'refuse',
    'Patient IDs that begin with EARSHOT-TEST- are taken from a self-test alone, while it runs.',
    'Give the patient another ID at the source; start the self-test in the browser.',
  ),
  NOTIFICATION_FAILED: row(
    'retry',
    'A notification could not be sent.',
    'Check the mail server, or the address of the webhook.',
  ),
  AUDIT_NOT_WRITTEN: row(
    'retry',
    'The audit trail cannot be written, so nothing was changed.',
    'Check the database and the free disk space, and try again.',
  ),
  AUDIT_FAILED: row(
    'retry',
    'The audit messages cannot be sent.',
    'Check the collector: messages are kept and sent when it is back.',
  ),
  BACKUP_NOT_POSSIBLE: row(
    'refuse',
    'No back-up can be taken there, or of that.',
    'Do what is named. A catalogue in PostgreSQL is backed up by its own tools: docs/DEPLOYMENT.md, Back-ups.',
  ),
  BACKUP_INCOMPLETE: row(
    'hold',
    'The back-up is whole, but files that the catalogue names were missing or changed before it was taken.',
    'Restore them from an older back-up, or see which cases are held for them and have their studies sent again.',
  ),
  BACKUP_STOPPED: row(
    'refuse',
    'The command was stopped before its end; nothing was put in its place.',
    'Run it again.',
  ),
  RESTORE_UNFINISHED: row(
    'refuse',
    'A restore into this data folder was cut off.',
    'Empty the data folder, with the folder .restoring in it, and run earshot restore again.',
  ),
  BACKUP_INVALID: row(
    'refuse',
    'This is no back-up of Earshot, or it is damaged.',
    'Take another copy of the file; earshot backup FILE --check tells whether it is whole.',
  ),
  RESTORE_NOT_POSSIBLE: row(
    'refuse',
    'The back-up cannot be put there.',
    'Stop the service, move dataDir away or name another one, and run the command again.',
  ),
  MOVE_NOT_POSSIBLE: row(
    'refuse',
    'The catalogue cannot be moved to PostgreSQL.',
    'Do what is named and run the command again; docs/DEPLOYMENT.md tells of every step.',
  ),
  MOVE_TARGET_USED: row(
    'refuse',
    'The PostgreSQL database is not empty and holds no begun move of this catalogue.',
    'Make a new database, as docs/CONFIGURATION.md shows, name it in the configuration, and run the command again.',
  ),
  MOVE_TARGET_OTHER: row(
    'refuse',
    'The catalogue was moved to another database, or is on its way there.',
    'Name that one in the configuration. To move it anew, remove catalogue.sqlite.moved beside it once nothing runs on the other.',
  ),
  MOVE_MARK_UNREADABLE: row(
    'refuse',
    'The file catalogue.sqlite.moved, beside the SQLite catalogue, does not say which move it stands for.',
    'If PostgreSQL holds the moved catalogue, write into it one line: the id in the table move, a space, and HOST:PORT/DATABASE as the configuration has it. If not, remove it.',
  ),
  MOVE_DIFFERS: row(
    'refuse',
    'What is in PostgreSQL is not what is in SQLite. The SQLite catalogue is as it was.',
    'Make sure that nothing else writes into either, make a new database, and run the command again.',
  ),
  MOVE_UNFINISHED: row(
    'refuse',
    'The catalogue of the data folder is not, or not wholly, in this PostgreSQL database: its move from SQLite has not ended there.',
    'Run `earshot migrate sqlite-to-postgres` until it says that everything was moved, or name the database that it was moved to.',
  ),
  CATALOGUE_MOVED: row(
    'refuse',
    'The SQLite catalogue of this data folder was moved to PostgreSQL, or its move was begun.',
    'Set database to that PostgreSQL. To go back to SQLite on purpose, without what happened since, remove catalogue.sqlite.moved.',
  ),
  CATALOGUE_NOT_MOVED: row(
    'refuse',
    'The data folder has a SQLite catalogue that was not moved to PostgreSQL.',
    'Run `earshot migrate sqlite-to-postgres`, or, to begin with an empty catalogue, take catalogue.sqlite out of the folder.',
  ),
} as const satisfies FaultTable;
