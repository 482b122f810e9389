import { testBackendConformance } from "../conformance.ts";
import { openNamespaceStage } from "./namespace-stage.ts";

testBackendConformance("nftables", openNamespaceStage);
