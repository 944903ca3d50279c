// What the specs share: a server per worker, a signed-in owner, pictures, accessibility, the four looks.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test as base, type BrowserContext, expect, type Locator, type Page } from '@playwright/test';
import { type DatabaseKind, type Server, startServer, useDatabase, usedDatabase } from './server.ts';

export { expect };

/** The owner that `owner` makes. */
export const OWNER = { tenant: 'Harbour Clinic', email: 'olivia@harbour.example', password: 'a sentence that nobody else uses' } as const;

interface WorkerFixtures {
    /** The name of the spec: each has a worker and with it a server of its own, so that no spec sees what another one did. */
    story: string;
    /** The kind of database that every server of the worker uses. */
    database: DatabaseKind;
    /** Makes it so. */
    databaseUsed: void;
    /** The worker's own server; its database is empty at first and keeps what the worker's tests do. */
    server: Server;
    /** An owner, made once on the command line, and the cookies of one session. */
    owner: { storage: Awaited<ReturnType<BrowserContext['storageState']>> };
}
interface TestFixtures {
    /** A page on which the owner is signed in; a JavaScript error or a violation of the content security policy fails the test. */
    console: Page;
    /** As `page`, with the same watch over errors. */
    strict: Page;
}

/** Every uncaught error, error message and refused resource of a page from now on. */
export function watchErrors(page: Page): string[] {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
        // A wrong password answers 401 and the browser reports that as an error of its own: not a fault of the page.
        // And the sandbox of a mail refuses every script, the test tool's own too: that is what it is for.
        const expected = /status of 4\d\d|^Blocked script execution in .* sandboxed/.test(message.text());
        if (message.type() === 'error' && !expected) errors.push(message.text());
    });
    return errors;
}

/** Waits until the WASM has taken the page over: from then on clicks are handled by the console itself. */
export async function hydrated(page: Page): Promise<void> {
    await page.waitForFunction(() => document.documentElement.dataset['hydrated'] === 'true');
}

/** The control of a form by the name it posts: labels carry marks for required fields. */
export function field(page: Page, name: string): Locator {
    return page.locator(`main [name="${name}"]`);
}

/** Signs in through the page, as a person does. */
export async function signIn(page: Page, url: string, email: string, password: string): Promise<void> {
    await page.goto(`${url}/sign-in`);
    await field(page, 'email').fill(email);
    await field(page, 'password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((address) => !address.pathname.startsWith('/sign-in'));
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
    story: ['', { option: true, scope: 'worker' }],
    database: ['sqlite', { option: true, scope: 'worker' }],
    databaseUsed: [async ({ database }, use) => {
        useDatabase(database);
        await use();
    }, { scope: 'worker', auto: true }],
    server: [async ({ databaseUsed: _, story }, use) => {
        if (!story) throw new Error("the spec names no story: test.use({ story: '…' }) at its beginning");
        const server = await startServer();
        await use(server);
        await server.stop();
    }, { scope: 'worker' }],
    owner: [async ({ server, browser }, use) => {
        await server.command(['owner', 'create', '--tenant', OWNER.tenant, '--email', OWNER.email, '--password-stdin'], OWNER.password);
        const context = await browser.newContext();
        await signIn(await context.newPage(), server.url, OWNER.email, OWNER.password);
        const storage = await context.storageState();
        await context.close();
        await use({ storage });
    }, { scope: 'worker' }],
    baseURL: async ({ server }, use) => use(server.url),
    strict: async ({ page }, use) => {
        const errors = watchErrors(page);
        await use(page);
        expect(errors, 'errors in the browser console').toEqual([]);
    },
    console: async ({ browser, server, owner }, use) => {
        const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage });
        const page = await context.newPage();
        const errors = watchErrors(page);
        await use(page);
        expect(errors, 'errors in the browser console').toEqual([]);
        await context.close();
    },
});

const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Fails with the list of what WCAG 2.2 A and AA find wrong on the page as it stands; `within` narrows it to a part. */
export async function axe(page: Page, within?: string): Promise<void> {
    // Not a script element: the content security policy would refuse it, and rightly so.
    await page.evaluate(await readFile(axeSource, 'utf8'));
    const found = await page.evaluate(async (selector) => {
        type Node = { target: unknown[]; failureSummary?: string };
        type Axe = { run(context: unknown, options: unknown): Promise<{ violations: { id: string; help: string; nodes: Node[] }[] }> };
        const { violations } = await (window as unknown as { axe: Axe }).axe.run(selector ?? document, {
            resultTypes: ['violations'],
            runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
        });
        return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 5).map((node) => `    ${node.target.join(' ')}\n      ${node.failureSummary?.split('\n').join(' ')}`).join('\n')}`);
    }, within);
    expect(found, `accessibility of ${page.url()}`).toEqual([]);
}

/** A picture of the page in end2end/shots, or, with SHOTS=readme, in docs/screenshots. */
export async function shot(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
    // The looks do not depend on the database; one set of pictures is enough.
    if (usedDatabase() !== 'sqlite') return;
    const root = fileURLToPath(new URL('..', import.meta.url));
    const folder = process.env['SHOTS'] === 'readme' ? join(root, 'docs/screenshots') : join(root, 'end2end/shots');
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage, animations: 'disabled', caret: 'hide' });
}

/** The four looks in which every page is checked. */
export const LOOKS = [
    { name: 'light-1440', colorScheme: 'light', width: 1440, height: 900 },
    { name: 'dark-1440', colorScheme: 'dark', width: 1440, height: 900 },
    { name: 'light-390', colorScheme: 'light', width: 390, height: 844 },
    { name: 'dark-390', colorScheme: 'dark', width: 390, height: 844 },
] as const;

/** Waits until the colours of a changed scheme have reached every element: Chromium restyles inherited ones a frame or more later. */
async function settled(page: Page): Promise<void> {
    await page.waitForFunction(() => {
        const brand = document.querySelector('header, nav, main');
        return !brand || getComputedStyle(brand).color === getComputedStyle(document.body).color;
    });
    await page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 250)));
}

/** Shows the page in each look, checks that nothing sticks out sideways, runs axe, takes a picture `name-look`, then `check`. */
export async function everyLook(page: Page, name: string, check?: (look: (typeof LOOKS)[number]) => Promise<void>): Promise<void> {
    const before = page.viewportSize();
    for (const look of usedDatabase() === 'sqlite' ? LOOKS : LOOKS.slice(0, 1)) {
        await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width: look.width, height: look.height });
        await settled(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `${name} ${look.name}: pixels that stick out sideways`).toBeLessThanOrEqual(0);
        await axe(page);
        await shot(page, `${name}-${look.name}`, { fullPage: true });
        await check?.(look);
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    if (before) await page.setViewportSize(before);
}
