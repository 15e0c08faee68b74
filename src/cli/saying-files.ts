const EVERY_MS = 5000;

/** Says now and then, on standard error, how many files were worked on. */
export function sayingFiles(done: string): (files: number) => void {
  let saidAt = performance.now();
  return (files) => {
    if (performance.now() - saidAt < EVERY_MS) return;
    saidAt = performance.now();
    console.error(`${done} ${files} files`);
  };
}
