// `make dev`: builds, runs and reloads. Watches the sources; on a change builds what it touches, restarts the server, and tells the
// open pages to reload. Pages go through a small proxy here, which adds its script to them and holds requests while the server
// restarts; the server itself knows nothing of it.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';

const root = process.cwd();
const binary = process.env.SWITCHBOARD_BIN;
const [host, port] = (process.env.SWITCHBOARD_HTTP_ADDR ?? '127.0.0.1:3000').split(':');
const watched = ['app', 'server', 'style', 'public', 'Cargo.toml'];
const ignored = /(^|\/)(node_modules|target|\.git)(\/|$)|~$|\.sw.$|(^|\/)4913$/;
const listeners = new Set();
let server; // the running child
let upstream; // its port
let ready = Promise.resolve();

const say = (text) => console.log(`\x1b[1m▸ ${text}\x1b[0m`);
const run = (script, profile) =>
    new Promise((resolve) => spawn('bash', [script, profile], { stdio: 'inherit', cwd: root }).on('close', (code) => resolve(code === 0)));
const freePort = () =>
    new Promise((resolve) => { const probe = net.createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)); }); });

async function stop() {
    if (!server || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
}

async function start() {
    upstream = await freePort();
    const env = { ...process.env, SWITCHBOARD_HTTP_ADDR: `127.0.0.1:${upstream}`, SWITCHBOARD_PUBLIC_URL: process.env.SWITCHBOARD_PUBLIC_URL ?? `http://${host}:${port}` };
    server = spawn(binary, ['serve'], { stdio: 'inherit', cwd: root, env });
    for (let attempt = 0; attempt < 400 && server.exitCode === null; attempt += 1) {
        const answer = await fetch(`http://127.0.0.1:${upstream}/readyz`).catch(() => undefined);
        if (answer?.ok) return true;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    say('the server did not start; waiting for a change');
    return false;
}

// What a changed file asks for: the browser side, the server side, or both.
function needs(paths) {
    const browser = paths.some((path) => /^(app|style|public)\//.test(path) || path === 'Cargo.toml');
    const native = paths.some((path) => /^(app|server)\//.test(path) || path === 'Cargo.toml');
    return { browser, native };
}

async function rebuild(paths) {
    const { browser, native } = needs(paths);
    const began = Date.now();
    if (browser && !(await run('tools/build-web.sh', 'dev'))) return say('waiting for a change');
    if (native && !(await run('tools/build-server.sh', 'dev'))) return say('waiting for a change');
    await stop();
    if (!(await start())) return;
    say(`ready after ${((Date.now() - began) / 1000).toFixed(1)} s: http://${host}:${port}`);
    for (const listener of listeners) listener.write('data: reload\n\n');
}

// One build at a time; changes that arrive meanwhile make one more.
const changed = new Set();
let timer;
let building = false;
function soon() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
        if (building || changed.size === 0) return;
        building = true;
        const paths = [...changed];
        changed.clear();
        say(`changed: ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}`);
        ready = rebuild(paths).finally(() => { building = false; soon(); });
    }, 150);
}
for (const name of watched) {
    watch(join(root, name), { recursive: true }, (_event, file) => {
        const path = name.includes('.') ? name : `${name}/${file ?? ''}`;
        if (ignored.test(path)) return;
        changed.add(path);
        soon();
    });
}

const script = `let down = false;
const source = new EventSource('/_dev/events');
source.onmessage = () => location.reload();
source.onerror = () => { down = true; };
source.onopen = () => { if (down) location.reload(); };`;

const proxy = http.createServer(async (request, response) => {
    if (request.url === '/_dev/reload.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    if (request.url === '/_dev/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': hello\n\n');
        listeners.add(response);
        return request.on('close', () => listeners.delete(response));
    }
    await ready;
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    const onward = http.request({ host: '127.0.0.1', port: upstream, path: request.url, method: request.method, headers }, (answer) => {
        const isPage = (answer.headers['content-type'] ?? '').startsWith('text/html');
        const answerHeaders = { ...answer.headers };
        if (isPage) delete answerHeaders['content-length'];
        response.writeHead(answer.statusCode, answerHeaders);
        if (!isPage) return answer.pipe(response);
        answer.on('data', (chunk) => response.write(chunk));
        // After the document, so that hydration does not meet an element it did not render.
        answer.on('end', () => response.end('<script type="module" src="/_dev/reload.js"></script>'));
    });
    onward.on('error', () => response.headersSent ? response.destroy() : response.writeHead(502, { 'content-type': 'text/plain' }).end('The server is not running; see the terminal.\n'));
    request.pipe(onward);
});

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, async () => { await stop(); process.exit(0); });
proxy.listen(Number(port), host, () => { ready = rebuild(['app/', 'server/']); });
