/** The same numbers with more room behind them, at least twice as much and enough for the index. */
export function wider(column: Int32Array<ArrayBuffer>, index = 0): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(2 * column.length, index + 1));
  grown.set(column);
  return grown;
}
