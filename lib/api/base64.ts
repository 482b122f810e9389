const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Why a text is no base64. */
export class Base64Error extends Error {
  override readonly name = "Base64Error";
}

/** The one text that stands for the same bytes: without line ends, unused bits zero. @throws Base64Error */
export function canonicalBase64(text: string): string {
  const plain = text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]/g, "") : text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain) || plain.length % 4 !== 0) throw illegalAt(plain);
  if (!plain.endsWith("=")) return plain;
  const unusedBits = plain.endsWith("==") ? 4 : 2;
  const at = plain.indexOf("=") - 1;
  const last = alphabet.indexOf(plain.charAt(at));
  const cleared = alphabet.charAt((last >> unusedBits) << unusedBits);
  return plain.slice(0, at) + cleared + plain.slice(at + 1);
}

/** How many bytes canonical base64 stands for. */
export function base64ByteLength(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}

function illegalAt(text: string): Base64Error {
  const index = text.search(/[^A-Za-z0-9+/]/);
  const position = index < 0 ? text.length : index;
  return new Base64Error(`illegal base64 data at input byte ${position}`);
}
