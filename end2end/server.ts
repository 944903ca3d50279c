// The built binary, started for one worker with a folder and ports of its own, and ended by its process id.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A running Switchboard. */
export interface Server {
    /** Address of the console, without a slash at the end. */
    url: string;
    /** Port of its SMTP listener. */
    smtpPort: number;
    /** Its data folder. */
    folder: string;
    /** The link of the first run that it printed; it works while no tenant exists. */
    firstRunUrl: () => Promise<string>;
    /** Runs another command of the binary on the same data, with `input` as standard input; gives its standard output. */
    command: (args: string[], input?: string) => Promise<string>;
    /** Changes rows of its database behind its back, to bring about what would take hours or days. */
    changeRows: (sql: string) => Promise<void>;
    /** Everything it printed so far. */
    output: () => string;
    /** Ends it and removes its folder. */
    stop: () => Promise<void>;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const probe = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
            const address = probe.address();
            probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
        });
    });
}

/** Asks again every 50 ms until there is an answer; fails with a sentence after `seconds`. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const deadline = Date.now() + seconds * 1000; ; ) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

function binary(): string {
    const path = process.env.SWITCHBOARD_BIN;
    if (!path) throw new Error('SWITCHBOARD_BIN is not set: run the browser tests through `make test`, which builds the binary.');
    return path;
}

async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(patience);
}

/** The kinds of database that the specs run on. */
export type DatabaseKind = 'sqlite' | 'postgres';

interface Database {
    url: string;
    change: (sql: string) => Promise<void>;
    remove: () => Promise<void>;
}

/** Which kind the servers of this worker use; the project of the Playwright configuration decides. */
let databaseKind: DatabaseKind = 'sqlite';
export function useDatabase(kind: DatabaseKind): void {
    databaseKind = kind;
}
export function usedDatabase(): DatabaseKind {
    return databaseKind;
}

/** An empty database of this worker's kind. */
async function emptyDatabase(folder: string): Promise<Database> {
    if (databaseKind === 'sqlite') {
        const file = join(folder, 'switchboard.db');
        const change = async (sql: string) => void (await promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', file, sql]));
        return { url: `sqlite://${file}`, change, remove: async () => {} };
    }
    const main = process.env['SWITCHBOARD_TEST_POSTGRES_URL'];
    if (!main) throw new Error('SWITCHBOARD_TEST_POSTGRES_URL is not set: run the browser tests through `make test`, which starts a PostgreSQL.');
    const name = `e2e_${process.pid}_${Date.now().toString(36)}_${Math.random().toString(36).slice(2, 8)}`;
    const psql = async (address: string, sql: string) => void (await promisify(execFile)('psql', [address, '--quiet', '--set', 'ON_ERROR_STOP=1', '--command', sql]));
    await psql(main, `CREATE DATABASE ${name}`);
    const url = new URL(main);
    url.pathname = `/${name}`;
    return { url: url.href, change: (sql) => psql(url.href, sql), remove: () => psql(main, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Starts the binary with an empty database and waits until it is ready. `extra` adds to its environment; `host` is the name it is reached by. */
export async function startServer(extra: Record<string, string> = {}, host = '127.0.0.1'): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-e2e-'));
    const [httpPort, smtpPort] = [await freePort(), await freePort()];
    const url = `http://${host}:${httpPort}`;
    const database = await emptyDatabase(folder);
    const env = {
        ...process.env,
        DATABASE_URL: database.url,
        SWITCHBOARD_DATA_DIR: folder,
        SWITCHBOARD_HTTP_ADDR: `127.0.0.1:${httpPort}`,
        SWITCHBOARD_SMTP_ADDR: `127.0.0.1:${smtpPort}`,
        SWITCHBOARD_PUBLIC_URL: url,
        SWITCHBOARD_INBOUND_DOMAIN: 'inbound.example',
        ...extra,
    };
    const child = spawn(binary(), ['serve'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));

    const stop = async () => {
        await end(child);
        await database.remove();
        await rm(folder, { recursive: true, force: true });
    };
    try {
        await until('the server to be ready', 20, async () => {
            if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
            const answer = await fetch(`${url}/readyz`).catch(() => undefined);
            return answer?.ok ? true : undefined;
        });
    } catch (error) {
        await stop();
        throw new Error(`${String(error)}\n${printed}`);
    }
    const command = async (args: string[], input = '') => {
        const running = promisify(execFile)(binary(), args, { cwd: folder, env });
        running.child.stdin?.end(input);
        return (await running).stdout;
    };
    const firstRunUrl = () => until('the first-run link on standard output', 5, () => new RegExp(`${url}/first-run/[\\w-]+`).exec(printed)?.[0]);
    return { url, smtpPort, folder, firstRunUrl, command, changeRows: database.change, output: () => printed, stop };
}
