// Waits for a server and asks it for every file of the web build. Usage: node try-console.mjs BASE_URL MANIFEST
import { readFileSync } from 'node:fs';

const [base, manifestPath] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));

async function ready() {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
        const answer = await fetch(`${base}/readyz`).catch(() => undefined);
        if (answer?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('it was not ready within 20 s');
}

await ready();
for (const { path, size } of manifest.files) {
    const answer = await fetch(`${base}/${path}`);
    const length = (await answer.arrayBuffer()).byteLength;
    if (!answer.ok || length !== size) throw new Error(`/${path}: status ${answer.status}, ${length} bytes instead of ${size}`);
}
const page = await fetch(`${base}/sign-in`);
const html = await page.text();
if (!html.includes(manifest.js)) throw new Error(`/sign-in (status ${page.status}) does not name ${manifest.js}`);
console.log(`  ${manifest.files.length} files and the sign-in page served`);
