const PAGE = 65_536;
/** Below lies what the compiler placed. */
const BASE = PAGE;

/** Places in memory, one after the other, for one operation. The next operation writes over them. */
export function places(memory: WebAssembly.Memory, bytes: readonly number[]): number[] {
  let end = BASE;
  const starts = bytes.map((n) => {
    const at = end;
    end += (n + 15) & ~15;
    return at;
  });
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return starts;
}
