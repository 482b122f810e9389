import type { Answer } from "dns-packet";

/** A resource record. */
export type DnsRecord = Answer;

/** Tells whether an answer still holds; who made the answer turns it stale. */
export interface Freshness {
  stale: boolean;
}

/** What a zone says to a question. No answers and NOERROR: the name is there, but has no records of that type. */
export interface ZoneAnswer {
  rcode: "NOERROR" | "NXDOMAIN";
  answers: DnsRecord[];
  additionals: DnsRecord[];
  /** The zone's SOA, for those who want to remember that there is nothing. */
  authorities: DnsRecord[];
  freshness: Freshness;
}
