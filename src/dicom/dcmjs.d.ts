declare module 'dcmjs' {
  type Tags = Record<string, unknown>;
  type Natural = Record<string, unknown>;
  type Logger = { setLevel(level: string): void };
  const dcmjs: {
    data: {
      DicomMetaDictionary: {
        naturalizeDataset(tags: Tags): Natural;
        denaturalizeDataset(dataset: Natural): Tags;
        nameMap: Record<string, { tag: string; vr: string; name: string } | undefined>;
      };
      DicomDict: new (meta: Tags) => { dict: Tags; write(options?: Record<string, unknown>): ArrayBuffer };
      DicomMessage: {
        readFile(bytes: ArrayBuffer, options?: Record<string, unknown>): { meta: Tags; dict: Tags };
      };
    };
    log: Logger & { getLoggers(): Record<string, Logger> };
  };
  export default dcmjs;
}
