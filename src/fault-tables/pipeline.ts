import { type FaultTable, row } from './row.ts';

/** Of configuration, receiving, reading, matching, measuring and reporting. */
export const PIPELINE_FAULTS = {
  // Configuration, rules, templates, models
  CONFIG_UNREADABLE: row(
    'refuse',
    'The configuration file cannot be read.',
    'Check the path and the permissions.',
  ),
  CONFIG_INVALID: row('refuse', 'The configuration is not valid.', 'Correct the value at the place named.'),
  RULES_INVALID: row('refuse', 'A rule file is not valid.', 'Correct the rule at the place named.'),
  TEMPLATE_INVALID: row(
    'refuse',
    'A report template is not valid.',
    'Correct the template at the place named.',
  ),
  MODEL_INVALID: row(
    'refuse',
    'The model file is not valid.',
    'Use a model file whose keys match the documentation.',
  ),
  MODEL_CHANGED: row(
    'refuse',
    'The file of a model is another than the one that was put into service or on trial.',
    'Put the file back. To use the new one, add it under an id of its own and put that on trial.',
  ),
  USAGE: row('refuse', 'The command line is not understood.', 'Run `earshot --help`.'),
  PORT_IN_USE: row('refuse', 'The port is already taken.', 'Choose another port or stop the other program.'),
  DATA_DIR_LOCKED: row(
    'refuse',
    'Another Earshot uses this data folder.',
    'Stop it, or choose another dataDir.',
  ),
  DATA_DIR_NOT_SHARED: row(
    'refuse',
    'The data folder is not that of the installation.',
    'Mount the shared folder at dataDir, the same on every machine. One that took its place needs the file installation.id of the old one.',
  ),
  ROLES_NEED_POSTGRES: row(
    'refuse',
    'Only on PostgreSQL several processes work together.',
    'Set database to postgres://…, or start with --role all.',
  ),
  DATABASE_FAILED: row(
    'retry',
    'The catalogue cannot be opened or written.',
    'Check the disk, or that the PostgreSQL server can be reached; restore a backup if it is damaged.',
  ),
  CATALOGUE_DAMAGED: row(
    'retry',
    'The catalogue is damaged: nothing is taken, and nothing is sent.',
    'Stop Earshot, keep the damaged files of the catalogue, and restore the newest backup; what was received since is to be sent again. Check the disk.',
  ),
  DATABASE_UNFIT: row(
    'refuse',
    'The PostgreSQL database cannot hold a catalogue.',
    'Use PostgreSQL 13 or later and make the database with template0, encoding UTF8 and collation C, as docs/CONFIGURATION.md shows.',
  ),
  SCHEMA_OLDER: row(
    'refuse',
    'An earlier Earshot runs on this catalogue and could not go on with the schema of this one, or one is just starting.',
    'Try again in a minute. Where an earlier version runs, give the command with that version, or stop the service, start it with this version, and give the command again.',
  ),
  SCHEMA_NEWER: row(
    'refuse',
    'The catalogue was written by a newer Earshot.',
    'Install that version or restore a backup.',
  ),

  TLS_FILES_INVALID: row(
    'refuse',
    'A certificate or key file cannot be used.',
    'Give PEM files, the key without a passphrase, and the key that belongs to the certificate.',
  ),

  // DICOM objects
  DICOM_UNPARSABLE: row(
    'refuse',
    'The bytes are not a DICOM dataset.',
    'Send the object again; check the sender.',
  ),
  DICOM_TRUNCATED: row('refuse', 'The object ends before its content does.', 'Send the object again.'),
  DICOM_TOO_LARGE: row(
    'refuse',
    'The object is larger than the limit.',
    'Raise the limit or send a smaller object.',
  ),
  DICOM_BAD_UID: row('refuse', 'A UID is missing or malformed.', 'Correct the object at its source.'),
  DICOM_MISSING_ATTRIBUTE: row(
    'refuse',
    'A required attribute is missing.',
    'Correct the object at its source.',
  ),
  SOP_CLASS_MISMATCH: row(
    'refuse',
    'The dataset is of another SOP class or instance than announced.',
    'Check the sender.',
  ),
  TRANSFER_SYNTAX_UNSUPPORTED: row(
    'hold',
    'The transfer syntax cannot be decoded.',
    'Send the object uncompressed.',
  ),
  PIXEL_DATA_DAMAGED: row(
    'hold',
    'The compressed pixels are damaged or cut off.',
    'Send the object again, uncompressed if the archive can.',
  ),
  STORAGE_FULL: row(
    'retry',
    'The disk is full or below its watermark.',
    'Free space in dataDir; the sender will try again.',
  ),
  STORAGE_FAILED: row(
    'retry',
    'A file could not be written or read.',
    'Check the disk and the permissions of dataDir.',
  ),

  FILE_AWAITED: row(
    'retry',
    'A file that the catalogue names is not seen on this machine yet.',
    'It is tried again by itself; check that this machine has mounted the shared folder.',
  ),
  FILE_MISSING: row(
    'hold',
    'A file that the catalogue names was not seen for an hour.',
    'Check that every machine has mounted the shared folder, restore the file from a backup, then retry the case.',
  ),
  FILE_DAMAGED: row(
    'hold',
    'A stored object has other bytes than were received.',
    'Look after the disk. Have the PACS send the study again, which mends the file, and retry the case.',
  ),

  // Images and masks
  IMAGE_NOT_CT: row('hold', 'The series is not a CT image series.', 'Point the mask at a CT series.'),
  IMAGE_GEOMETRY: row(
    'hold',
    'The slices do not form one regular volume.',
    'Check for missing, doubled or tilted slices.',
  ),
  IMAGE_PIXELS_UNSUPPORTED: row(
    'hold',
    'The pixel encoding is not supported.',
    'Send single-channel 8 to 16 bit CT images.',
  ),
  IMAGE_TOO_LARGE: row('hold', 'The volume is larger than the limit.', 'Send a smaller series.'),
  MASK_UNREADABLE: row('hold', 'The mask object cannot be read.', 'Export the mask again.'),
  MASK_NO_REGION: row(
    'hold',
    'The mask holds no such region of interest.',
    'Name an existing ROI or segment.',
  ),
  MASK_AMBIGUOUS: row(
    'hold',
    'Several regions of interest qualify.',
    'Name the ROI, or add a rule to rules/roi.yaml.',
  ),
  MASK_NOT_OF_SERIES: row(
    'hold',
    'The mask does not belong to this CT series.',
    'Draw the mask on this series.',
  ),
  MASK_OUTSIDE: row(
    'hold',
    'The mask, or a part of it, lies outside the image.',
    'Check that mask and image belong together, and that every slice has arrived.',
  ),
  MASK_EMPTY: row('hold', 'The mask holds no voxel.', 'Draw the region of interest again.'),

  IDENTITY_CONFLICT: row(
    'hold',
    'The patient data of both time points contradict each other.',
    'Check that both are of one patient.',
  ),
  TIME_POINTS_INVALID: row(
    'refuse',
    'These are not two time points in order.',
    'Give the earlier study as the baseline and a later one as the follow-up.',
  ),
  OUT_OF_SCOPE: row(
    'hold',
    'An eligibility rule holds the case.',
    'See the findings; the rules are in rules/eligibility.yaml.',
  ),

  // Radiomics
  ROI_TOO_SMALL: row(
    'hold',
    'The region of interest is too small for the features.',
    'Score lesions of several voxels a side.',
  ),
  FEATURE_UNKNOWN: row('refuse', 'No such feature.', 'Use a name from the feature table.'),
  FEATURE_UNDEFINED: row(
    'hold',
    'The feature is undefined for this lesion.',
    'See the reason in the diagnostics.',
  ),
  WORKER_FAILED: row(
    'retry',
    'The computing thread stopped.',
    'It is started again; see the log if it recurs.',
  ),
  PROCESS_DIED: row(
    'retry',
    'The process that worked on it ended before it was done, again and again.',
    'See the memory that this machine, or its container, allows, and the log of the machine and of Earshot; then retry the case.',
  ),
  STOP_UNFINISHED: row(
    'retry',
    'Not everything came to its end before the process had to.',
    'Nothing is lost: what was under way goes on at the next start, or in another process. See whether the database can be reached.',
  ),
  WORKER_NOT_STARTED: row(
    'retry',
    'A computing thread could not be started.',
    'See the memory and the number of processes that this machine, or its container, allows.',
  ),
  WORKER_TIMEOUT: row(
    'retry',
    'The computation took longer than its limit.',
    'See the log; raise the limit for very large series.',
  ),

  // Files, settings and tables that people hand in
  SETTINGS_INVALID: row(
    'refuse',
    'The extraction settings are not valid.',
    'Correct the line named; settings that are not supported yet are refused, never ignored.',
  ),
  IMAGE_FILE_UNREADABLE: row(
    'refuse',
    'The image file is damaged or not what its name says.',
    'Copy or export it again.',
  ),
  IMAGE_FILE_UNSUPPORTED: row(
    'refuse',
    'The image file has a form that is not read.',
    'Convert it to a three-dimensional NRRD or NIfTI with one number a voxel.',
  ),
  MASK_LABEL_MISSING: row(
    'refuse',
    'No voxel of the mask file has this label.',
    'Name one of the labels present (--label).',
  ),
  IMAGE_MASK_GEOMETRY: row(
    'refuse',
    'Image and mask are not on one grid.',
    'Resample the mask to the image, or set correctMask or geometryTolerance.',
  ),
  IMAGE_NOT_FINITE: row(
    'hold',
    'The image holds voxels that are not numbers.',
    'Replace NaN and infinite voxels near the region of interest.',
  ),
  BINS_TOO_MANY: row(
    'refuse',
    'The settings would make too many grey levels.',
    'Choose a larger binWidth, or a binCount.',
  ),
  RECIPES_MIXED: row(
    'hold',
    'Values that were computed by different recipes cannot be compared.',
    'Extract both time points again with the same settings and version.',
  ),
  TABLE_INVALID: row('refuse', 'The table is not valid.', 'Correct the row and column named.'),
  INPUT_NOT_FOUND: row(
    'refuse',
    'No such file, folder, study or patient, or nothing usable in it.',
    'Check the path, the UID or the Patient ID.',
  ),
  OUTPUT_FAILED: row('refuse', 'The output cannot be written.', 'Check the path and the permissions.'),

  // Reports
  PICTURE_INVALID: row(
    'hold',
    'The picture of the report cannot be made; the report itself is not concerned.',
    'Report this with the case number.',
  ),
  REPORT_INVALID: row(
    'hold',
    'The report broke one of its own rules and was not sent.',
    'Report this with the case number.',
  ),
  REPORT_CHANGED: row(
    'hold',
    'The case is not what its report says any more, so nothing is made beside that report.',
    'The report stands; where its objects changed, a new one follows.',
  ),
  INTERNAL: row('retry', 'Something unforeseen happened.', 'Report this with the log.'),
} as const satisfies FaultTable;
