/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (isPairStart(code) && index + 1 < text.length && isPairEnd(text.charCodeAt(index + 1))) {
      bytes += 2;
      index++;
    } else bytes += 2;
  }
  return bytes;
}

function isPairStart(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function isPairEnd(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
