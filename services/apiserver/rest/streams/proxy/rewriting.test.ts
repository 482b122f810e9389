import assert from "node:assert/strict";
import { test } from "node:test";
import { proxiedName } from "./proxied-name.ts";
import { proxyPath } from "./proxy-path.ts";
import { rewriteHtml } from "./rewrite-html.ts";
import { rewriteUrl } from "./rewrite-url.ts";

const rewriting = { prefix: "/api/v1/proxy", hosts: ["10.0.0.1:80", "client:6443"] };

test("addresses of the proxied server lead through the proxy, others stay", () => {
  const cases = [
    ["/a/b?c=/d", "/api/v1/proxy/a/b?c=/d"],
    ["/", "/api/v1/proxy/"],
    ["http://10.0.0.1:80/a", "/api/v1/proxy/a"],
    ["//10.0.0.1:80", "/api/v1/proxy/"],
    ["https://client:6443/a", "/api/v1/proxy/a"],
    ["/api/v1/proxy/a", "/api/v1/proxy/a"],
    ["http://elsewhere/a", "http://elsewhere/a"],
    ["//elsewhere/a", "//elsewhere/a"],
    ["relative", "relative"],
    ["../up", "../up"],
    ["#part", "#part"],
    ["", ""],
    ["mailto:somebody", "mailto:somebody"],
  ];
  for (const [url = "", expected] of cases) assert.equal(rewriteUrl(url, rewriting), expected);
});

test("only attributes that are addresses change in a page", () => {
  const page = `<a href="/a" title="/b">/c</a><img src='/d'><FORM action=/e><p href="/f"><script>x("/g")</script>`;
  const p = "/api/v1/proxy";
  assert.equal(
    rewriteHtml(page, rewriting),
    `<a href="${p}/a" title="/b">/c</a><img src='${p}/d'><FORM action=${p}/e><p href="/f"><script>x("/g")</script>`,
  );
});

test("pages that are no HTML at all take no time", () => {
  for (const piece of ["<a", "<a href=", `<a ${" ".repeat(50)}`, "<a x='"]) {
    const begun = process.cpuUsage();
    rewriteHtml(piece.repeat(200_000), rewriting);
    assert.ok(process.cpuUsage(begun).user < 2_000_000, piece);
  }
});

test("names say scheme and port", () => {
  assert.deepEqual(proxiedName("a", "pod"), { scheme: "http", name: "a", port: "" });
  assert.deepEqual(proxiedName("a:80", "pod"), { scheme: "http", name: "a", port: "80" });
  assert.deepEqual(proxiedName("https:a:web", "pod"), { scheme: "https", name: "a", port: "web" });
  assert.deepEqual(proxiedName(":a:", "pod"), { scheme: "http", name: "a", port: "" });
  for (const text of ["", "ftp:a:80", "a:b:c:d", ":80"]) {
    assert.throws(() => proxiedName(text, "pod"), { message: `invalid pod request ${JSON.stringify(text)}` });
  }
});

test("paths stay as they were written", () => {
  const prefix = "/api/v1/namespaces/n/pods/p/proxy";
  assert.deepEqual(proxyPath(`${prefix}/a%2Fb//c/`), { prefix, path: "/a%2Fb//c/" });
  assert.deepEqual(proxyPath(prefix), { prefix, path: "" });
  const node = "/api/v1/nodes/proxy/proxy";
  assert.deepEqual(proxyPath(`${node}/proxy/x`), { prefix: node, path: "/proxy/x" });
});
