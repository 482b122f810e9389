import type { Command } from "commander";
import type { Clock } from "../../../lib/base/clock.ts";
import { AuditLog } from "./audit-log.ts";
import { AuditPolicy } from "./audit-policy.ts";
import { Auditor } from "./auditor.ts";

/** What is written down of requests, and where. */
export interface AuditOptions {
  policyFile: string;
  /** `-` is the standard output. */
  logPath: string;
  maxSizeBytes?: number | undefined;
  maxBackups?: number | undefined;
}

/** Opens the audit log. @throws when policy or log cannot be used. */
export async function createAuditor(options: AuditOptions, clock: Clock): Promise<Auditor> {
  const { policyFile, logPath, maxSizeBytes, maxBackups } = options;
  const policy = await AuditPolicy.read(policyFile);
  return new Auditor(policy, new AuditLog({ path: logPath, maxBytes: maxSizeBytes, maxBackups }), clock);
}

/** The flags about the audit log, as commander reads them. */
export interface AuditFlags {
  auditPolicyFile?: string;
  auditLogPath?: string;
  auditLogMaxsize?: string;
  auditLogMaxbackup?: string;
}

/** Adds these flags, which are called as Kubernetes calls them. */
export function addAuditFlags(command: Command): Command {
  return command
    .option("--audit-policy-file <file>", "which requests are written down, and how much of them")
    .option("--audit-log-path <file>", 'where they are written down; "-" for the standard output')
    .option("--audit-log-maxsize <megabytes>", "a file of this size is put aside", "100")
    .option("--audit-log-maxbackup <number>", "how many of those are kept; all when absent");
}

/** What the flags say; nothing when no audit is wanted. */
export function auditOptionsOf(flags: AuditFlags): { audit?: AuditOptions } {
  const { auditPolicyFile: policyFile, auditLogPath: logPath, auditLogMaxsize, auditLogMaxbackup } = flags;
  if (!policyFile || !logPath) return {};
  const maxSizeBytes = Number(auditLogMaxsize) * 1024 * 1024;
  const maxBackups = auditLogMaxbackup === undefined ? undefined : Number(auditLogMaxbackup);
  return { audit: { policyFile, logPath, maxSizeBytes, maxBackups } };
}
