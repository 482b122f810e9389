import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { StatusError } from "../../../lib/base/status-error.ts";
import { type HttpAnswer, textAnswer } from "./http-answer.ts";

const logRoot = "/var/log";

/** Files and folders of the machine's log folder. @throws StatusError `NotFound`. */
export async function nodeLogs(path: string): Promise<HttpAnswer> {
  const wanted = join(logRoot, decodeURIComponent(path));
  const real = await realpath(wanted).catch(() => undefined);
  const info = real !== undefined && isBelow(real) ? await stat(real).catch(() => undefined) : undefined;
  if (real === undefined || !info) throw new StatusError("NotFound", `404 page not found: ${path}`);
  if (info.isDirectory()) return listing(real);
  if (!info.isFile()) throw new StatusError("NotFound", `404 page not found: ${path}`);
  return { code: 200, contentType: "text/plain; charset=utf-8", body: createReadStream(real) };
}

/** Links lead nowhere else. */
function isBelow(path: string): boolean {
  return path === logRoot || path.startsWith(logRoot + sep);
}

async function listing(directory: string): Promise<HttpAnswer> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const lines = names.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`);
  return textAnswer(`<pre>\n${lines.join("")}</pre>\n`, "text/html; charset=utf-8");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&#34;");
}
