// Mail servers that nobody here wrote, for the browser tests: Postfix's smtp-sink takes mail, swaks brings it.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, until } from './server.ts';

/** A running smtp-sink that keeps each mail in a file. */
export interface Sink {
    port: number;
    /** Every mail it has, envelope lines first. */
    mails: () => Promise<string[]>;
    stop: () => Promise<void>;
}

function program(name: string, debianPackage: string): string {
    const found = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (!found) throw new Error(`${name} is missing: install Debian's package ${debianPackage}, or run \`make test\`, which does.`);
    return found;
}

const answers = (port: number) =>
    new Promise<boolean>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve((socket.destroy(), true))).once('error', () => resolve(false));
    });

export async function startSink(): Promise<Sink> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-sink-'));
    const mails = join(folder, 'mails');
    await mkdir(mails);
    const port = await freePort();
    const child: ChildProcess = spawn(program('smtp-sink', 'postfix'), ['-u', 'root', '-d', 'mail.', '-8', `127.0.0.1:${port}`, '100'], { cwd: mails, stdio: 'ignore' });
    await until('smtp-sink', 10, async () => ((await answers(port)) ? true : undefined));
    return {
        port,
        mails: async () => Promise.all((await readdir(mails)).map((name) => readFile(join(mails, name), 'utf8'))),
        stop: async () => {
            child.kill('SIGTERM');
            await rm(folder, { recursive: true, force: true });
        },
    };
}

/** Brings a mail, headers and body, to a server, as a customer's mailbox does when it forwards. */
export async function forwardMail(port: number, to: string, mail: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-mail-'));
    const file = join(folder, 'mail.eml');
    await writeFile(file, mail);
    try {
        await promisify(execFile)(program('swaks', 'swaks'), ['--server', '127.0.0.1', '--port', String(port), '--from', 'ann@customer.example', '--to', to, '--data', `@${file}`]);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

/** A mail of a customer, with HTML, an inline image and a remote one. */
export function customerMail(subject: string, text: string, id: string): string {
    return [
        'From: Ann Archer <ann@customer.example>', 'To: support@harbour.example', `Subject: ${subject}`, `Message-ID: <${id}@customer.example>`,
        'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="outer"', '', '--outer', 'Content-Type: multipart/related; boundary="inner"', '',
        '--inner', 'Content-Type: text/html; charset=utf-8', '',
        `<div style="font-family: sans-serif"><p>${text}</p><p><img alt="Our logo" src="cid:logo"><img alt="" src="http://tracker.example/pixel.gif"></p></div>`,
        '--inner', 'Content-Type: image/png', 'Content-ID: <logo>', 'Content-Disposition: inline; filename="logo.png"', 'Content-Transfer-Encoding: base64', '',
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', '--inner--', '--outer',
        'Content-Type: text/plain; name="opening-hours.txt"', 'Content-Disposition: attachment; filename="opening-hours.txt"', '', 'Monday to Friday', '--outer--', '',
    ].join('\n');
}

/** A running npm `oidc-provider`. */
export interface OidcProvider {
    /** What it calls itself. */
    issuer: string;
    stop: () => Promise<void>;
}

/** Starts it for the client `switchboard`; its login page takes a key of `users` as the name, and any password. */
export async function startOidcProvider(redirects: string[], users: Record<string, object>): Promise<OidcProvider> {
    const port = await freePort();
    const settings = { port, users, clients: [{ client_id: 'switchboard', client_secret: 'geheim-geheim', redirect_uris: redirects }] };
    const script = fileURLToPath(new URL('oidc-provider.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: 'ignore' });
    await until('oidc-provider', 20, async () => ((await answers(port)) ? true : undefined));
    return {
        issuer: `http://127.0.0.1:${port}`,
        stop: async () => {
            child.kill('SIGTERM');
        },
    };
}
