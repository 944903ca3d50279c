// Puts the pieces of the web build where the server looks for them. Called by build-web.sh.
// Usage: node lay-out-web.mjs PROFILE ROOT WORK SITE
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [profile, root, work, site] = process.argv.slice(2);
const release = profile === 'release';
const { buildSync } = createRequire(join(root, 'style/package.json'))('esbuild');
const fresh = `${site}.new`;
const bound = join(work, 'wasm/pkg');

const filesUnder = (folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
        .sort();

// The glue, the split loader and any inline script become one file: one request, and no second round trip for the loader.
function bundleGlue(out) {
    const glue = join(out, 'switchboard.js');
    buildSync({
        entryPoints: [join(bound, 'switchboard.js')], outfile: glue, bundle: true, format: 'esm', target: 'es2022',
        minify: release, legalComments: 'none', logLevel: 'warning',
        logOverride: { 'duplicate-object-key': 'silent' }, // wasm-bindgen names the loader once per lazy function
    });
    return glue;
}

// Which chunks each lazy function needs, read from the loader that the splitter wrote: the server preloads those of the page it renders.
function splitsOf(loader) {
    const fetched = /new URL\("\.\/([^"]+)\.wasm"/;
    const chunks = new Map();
    for (const [, name, body] of loader.matchAll(/^const (__chunk_\d+) = makeLoad\(([\s\S]*?)^, \[[^\]]*\]\);/gm)) chunks.set(name, fetched.exec(body)?.[1]);
    const splits = {};
    for (const [, name, body, needs] of loader.matchAll(/^export const __wasm_split_load_(\w+) = wrapAsyncCb\(makeLoad\(([\s\S]*?), \[([^\]]*)\]\)\);/gm)) {
        const own = fetched.exec(body)?.[1];
        const shared = needs.split(',').map((need) => chunks.get(need.trim())).filter(Boolean);
        splits[name] = [...shared, ...(own ? [own] : [])];
    }
    return splits;
}

function compress(folder) {
    for (const path of filesUnder(folder).filter((path) => /\.(wasm|js|css|svg|json|html|txt|webmanifest)$/.test(path) && path !== 'manifest.json')) {
        const bytes = readFileSync(join(folder, path));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(join(folder, `${path}.br`), brotliCompressSync(bytes, { params }));
        writeFileSync(join(folder, `${path}.gz`), gzipSync(bytes, { level: 9 }));
    }
}

rmSync(fresh, { recursive: true, force: true });
cpSync(join(root, 'public'), fresh, { recursive: true });
const staging = join(fresh, 'pkg/staging');
mkdirSync(staging, { recursive: true });
for (const path of filesUnder(bound).filter((path) => path.endsWith('.wasm'))) cpSync(join(bound, path), join(staging, path));
cpSync(join(work, 'switchboard.css'), join(staging, 'switchboard.css'));
bundleGlue(staging);

const hash = createHash('sha256');
for (const path of filesUnder(staging)) hash.update(path).update('\0').update(readFileSync(join(staging, path)));
const name = hash.digest('hex').slice(0, 16);
renameSync(staging, join(fresh, 'pkg', name));

const splits = splitsOf(readFileSync(join(bound, '__wasm_split.js'), 'utf8'));
const files = filesUnder(fresh).map((path) => ({ path, size: statSync(join(fresh, path)).size }));
const at = (file) => `pkg/${name}/${file}`;
const manifest = { hash: name, js: at('switchboard.js'), wasm: at('switchboard_bg.wasm'), css: at('switchboard.css'), splits, files };
writeFileSync(join(fresh, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
if (release) compress(fresh);

rmSync(site, { recursive: true, force: true });
renameSync(fresh, site);

const weigh = (path) => Math.round(statSync(join(site, release ? `${path}.br` : path)).size / 1024);
console.log(`  ${site}: script ${weigh(manifest.js)} KB, WASM ${weigh(manifest.wasm)} KB, style ${weigh(manifest.css)} KB${release ? ' (brotli)' : ''}, ${Object.keys(splits).length} lazy parts`);
