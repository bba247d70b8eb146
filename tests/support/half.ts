/** One half of all texts, always the same. */
export function half(text: string): boolean {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum % 2 === 0;
}
