/** Processors that the pause program exists for, in Docker's words. */
export type PauseArchitecture = "amd64" | "arm64";

const loadAddress = 0x400000n;
const fileHeaderBytes = 64;
const programHeaderBytes = 56;

/*
 * What both programs do, without a C library:
 *
 *   fd = open("/netns", O_RDONLY | O_CLOEXEC)
 *   if (fd >= 0 && setns(fd, CLONE_NEWNET) != 0) exit(1)
 *   sigaction(SIGCHLD, SIG_IGN)          the kernel reaps orphans of this namespace then
 *   for (;;) pause()
 *
 * A file mounted at /netns lets the process move to a network namespace that Docker does not know; containers that
 * join the network of this process follow it there.
 */
const amd64Code = [
  "b8 02 00 00 00", //       mov eax, 2          open
  "48 8d 3d 54 00 00 00", // lea rdi, [rip+path]
  "be 00 00 08 00", //       mov esi, O_CLOEXEC
  "31 d2 0f 05", //          xor edx, edx; syscall
  "85 c0 78 1e", //          test eax, eax; js wait
  "89 c7", //                mov edi, eax
  "be 00 00 00 40", //       mov esi, CLONE_NEWNET
  "b8 34 01 00 00 0f 05", // mov eax, 308; syscall     setns
  "85 c0 74 0c", //          test eax, eax; jz wait
  "bf 01 00 00 00", //       mov edi, 1
  "b8 3c 00 00 00 0f 05", // mov eax, 60; syscall      exit
  "b8 0d 00 00 00", // wait: mov eax, 13         rt_sigaction
  "bf 11 00 00 00", //       mov edi, SIGCHLD
  "48 8d 35 20 00 00 00", // lea rsi, [rip+ignore]
  "31 d2", //                xor edx, edx
  "41 ba 08 00 00 00 0f 05", // mov r10d, 8; syscall
  "b8 22 00 00 00 0f 05", // forever: mov eax, 34; syscall   pause
  "eb f7", //                jmp forever
  "0f 1f 44 00 00", //       (to a multiple of 8)
  "2f 6e 65 74 6e 73 00 00", // path: "/netns"
  "01 00 00 00 00 00 00 00", // ignore: SIG_IGN, no flags, no restorer, no mask
  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
];

/** Instructions as words; written little-endian. */
const arm64Words = [
  0x92800c60,
  0x10000361,
  0xd2a00102,
  0xd2800003,
  0xd2800708,
  0xd4000001, // openat(AT_FDCWD, path, O_CLOEXEC, 0)
  0x37f80100, //                                                             tbnz w0, #31, wait
  0xd2a80001,
  0xd2802188,
  0xd4000001, //                                     setns(fd, CLONE_NEWNET)
  0x34000080, //                                                             cbz w0, wait
  0xd2800020,
  0xd2800ba8,
  0xd4000001, //                                     exit(1)
  0xd2800220,
  0x100001e1,
  0xd2800002,
  0xd2800103,
  0xd28010c8,
  0xd4000001, // wait: rt_sigaction(SIGCHLD, ignore, 0, 8)
  0xd2800000,
  0xd2800001,
  0xd2800002,
  0xd2800003,
  0xd2800004,
  0xd2800928,
  0xd4000001, // forever: ppoll(0, 0, 0, 0, 0)
  0x17fffff9, //                                                             b forever
  0x74656e2f,
  0x0000736e, // path: "/netns"
  0x00000001,
  0,
  0,
  0,
  0,
  0,
  0,
  0, // ignore: SIG_IGN, no flags, no restorer, no mask
];

const elfMachine: Record<PauseArchitecture, number> = { amd64: 62, arm64: 183 };

/** A static Linux executable of a few hundred bytes that holds a sandbox's namespaces open until it is killed. */
export function buildPauseProgram(architecture: PauseArchitecture): Uint8Array {
  const code = architecture === "amd64" ? fromHex(amd64Code.join(" ")) : fromWords(arm64Words);
  const headers = elfHeaders(elfMachine[architecture], code.length);
  return Buffer.concat([headers, code]);
}

/** An ELF file header and one program header that maps the whole file, readable and executable. */
function elfHeaders(machine: number, codeBytes: number): Buffer {
  const size = fileHeaderBytes + programHeaderBytes;
  const header = Buffer.alloc(size);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELF, 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(loadAddress + BigInt(size), 24); // entry
  header.writeBigUInt64LE(BigInt(fileHeaderBytes), 32); // program headers start here
  header.writeUInt16LE(fileHeaderBytes, 52);
  header.writeUInt16LE(programHeaderBytes, 54);
  header.writeUInt16LE(1, 56); // one program header
  header.writeUInt16LE(64, 58); // size of a section header, of which there are none

  const segment = header.subarray(fileHeaderBytes);
  segment.writeUInt32LE(1, 0); // load
  segment.writeUInt32LE(5, 4); // readable, executable
  segment.writeBigUInt64LE(loadAddress, 16);
  segment.writeBigUInt64LE(loadAddress, 24);
  segment.writeBigUInt64LE(BigInt(size + codeBytes), 32);
  segment.writeBigUInt64LE(BigInt(size + codeBytes), 40);
  segment.writeBigUInt64LE(0x10000n, 48); // largest page size of either architecture
  return header;
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

function fromWords(words: number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => {
    bytes.writeUInt32LE(word, index * 4);
  });
  return bytes;
}
