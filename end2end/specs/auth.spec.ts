// How people sign in: an app, recovery codes, passkeys, a required second factor, a forgotten password.
import { createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { axe, everyLook, expect, field, hydrated, signIn, test as base, watchErrors } from '../fixtures.ts';
import { type Sink, startSink } from '../peers.ts';
import { type Server, startServer, until } from '../server.ts';

base.use({ story: 'auth' });

const PASSWORD = 'a sentence that nobody else uses';
const OWNER = 'olga@quay.example';

// A server of its own, reached by a name: browsers make no passkeys for an address.
const test = base.extend<object, { quay: Server & { home: string }; sink: Sink }>({
    quay: [async ({}, use) => {
        const server = await startServer({}, 'localhost');
        await server.command(['owner', 'create', '--tenant', 'Quay Ferries', '--email', OWNER, '--password-stdin'], PASSWORD);
        await use({ ...server, home: server.url });
        await server.stop();
    }, { scope: 'worker' }],
    sink: [async ({}, use) => {
        const sink = await startSink();
        await use(sink);
        await sink.stop();
    }, { scope: 'worker' }],
});
test.describe.configure({ mode: 'serial' });

/** The code that an app shows for a secret as it is typed; `later` steps of 30 seconds from now. */
function code(secret: string, later = 0): string {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
    const bits = [...secret.replace(/\s/g, '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const key = Uint8Array.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
    const digest = createHmac('sha1', key).update(Uint8Array.from(step)).digest();
    const word = digest.readUInt32BE((digest[19] ?? 0) & 15) & 0x7fffffff;
    return String(word % 1_000_000).padStart(6, '0');
}

/** An account of this test alone; its address. */
async function newcomer(page: Page, home: string, name: string): Promise<string> {
    const email = `${name}@quay.example`;
    const answer = await page.request.post(`${home}/api/people/create`, { data: { name, email, role: 'agent', password: PASSWORD }, headers: { origin: home } });
    expect(answer.status(), await answer.text()).toBe(200);
    return email;
}

async function firstStep(page: Page, home: string, email: string): Promise<void> {
    await page.goto(`${home}/sign-in`);
    await hydrated(page);
    await field(page, 'email').fill(email);
    await field(page, 'password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signOut(page: Page): Promise<void> {
    await page.context().clearCookies();
}

let secret = '';
let codes: string[] = [];
let person = '';

test('an app is set up, and recovery codes are shown once', async ({ page, quay }) => {
    const errors = watchErrors(page);
    await signIn(page, quay.home, OWNER, PASSWORD);
    person = await newcomer(page, quay.home, 'pia');
    await signOut(page);
    await signIn(page, quay.home, person, PASSWORD);
    await page.goto(`${quay.home}/account?tab=security`);
    await hydrated(page);
    await everyLook(page, 'account-security');
    await page.getByRole('button', { name: 'Set up an app' }).click();
    await expect(page.getByRole('img', { name: 'Picture for the authenticator app' })).toBeVisible();
    await everyLook(page, 'account-security-app');
    secret = (await page.locator('main pre').first().textContent()) ?? '';
    expect(secret.replace(/\s/g, '')).toHaveLength(32);
    await field(page, 'code').fill('000000');
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByText('This code is not right').first()).toBeVisible();
    await field(page, 'code').fill(code(secret));
    await page.getByRole('button', { name: 'Turn on' }).click();
    await expect(page.getByText('Keep your recovery codes')).toBeVisible();
    codes = await page.locator('main .code-sheet code').allTextContents();
    expect(codes).toHaveLength(10);
    await everyLook(page, 'account-security-codes');
    await page.reload();
    await hydrated(page);
    await expect(page.getByText('10 are left.')).toBeVisible();
    expect(await page.textContent('main')).not.toContain(codes[0]);
    expect(errors).toEqual([]);
});

test('the code of the app is the second step, and a recovery code stands in once', async ({ page, quay }) => {
    const errors = watchErrors(page);
    await firstStep(page, quay.home, person);
    await page.waitForURL(/\/sign-in\/second/);
    await hydrated(page);
    await everyLook(page, 'sign-in-second');
    await field(page, 'code').fill(code(secret, 1));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await signOut(page);
    for (const [attempt, lets] of [[codes[0] ?? '', true], [codes[0] ?? '', false]] as const) {
        await firstStep(page, quay.home, person);
        await page.waitForURL(/\/sign-in\/second/);
        await hydrated(page);
        await field(page, 'code').fill(attempt);
        await page.getByRole('button', { name: 'Sign in' }).click();
        if (lets) await page.waitForURL((address) => address.pathname === '/');
        else await expect(page.getByText(/not right, or was used before/).first()).toBeVisible();
        await signOut(page);
    }
    expect(errors).toEqual([]);
});

test('a passkey is added, signs in alone and as the second step, and is removed', async ({ page, quay }) => {
    const errors = watchErrors(page);
    const tool = await page.context().newCDPSession(page);
    await tool.send('WebAuthn.enable');
    await tool.send('WebAuthn.addVirtualAuthenticator', {
        options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    await firstStep(page, quay.home, person);
    await page.waitForURL(/\/sign-in\/second/);
    await hydrated(page);
    await field(page, 'code').fill(codes[1] ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${quay.home}/account?tab=security`);
    await hydrated(page);
    await page.locator('main #passkey [name="name"]').fill('Laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('table', { name: 'Passkeys' }).getByText('Laptop')).toBeVisible();
    await everyLook(page, 'account-passkeys');
    await signOut(page);
    // Alone.
    await page.goto(`${quay.home}/sign-in`);
    await hydrated(page);
    await everyLook(page, 'sign-in');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await signOut(page);
    // After the password.
    await firstStep(page, quay.home, person);
    await page.waitForURL(/\/sign-in\/second/);
    await hydrated(page);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL((address) => address.pathname === '/');
    await page.goto(`${quay.home}/account?tab=history`);
    await hydrated(page);
    await expect(page.getByRole('cell', { name: 'Password and passkey' }).first()).toBeVisible();
    await expect(page.getByRole('cell', { name: 'Passkey', exact: true }).first()).toBeVisible();
    await everyLook(page, 'account-history');
    await page.goto(`${quay.home}/account?tab=security`);
    await hydrated(page);
    await page.getByRole('table', { name: 'Passkeys' }).getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText('No passkey yet')).toBeVisible();
    expect(errors).toEqual([]);
});

test('an owner requires a second factor, and somebody without one is led to it', async ({ page, quay, browser }) => {
    const errors = watchErrors(page);
    await signIn(page, quay.home, OWNER, PASSWORD);
    const email = await newcomer(page, quay.home, 'quinn');
    await page.goto(`${quay.home}/tenant/security`);
    await hydrated(page);
    await everyLook(page, 'tenant-security');
    await expect(page.getByRole('cell', { name: email })).toBeVisible();
    await page.getByRole('switch', { name: 'Require a second factor' }).check();
    await field(page, 'grace_days').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(/Required since/)).toBeVisible();
    // In the grace period: led to it, and let on.
    const context = await browser.newContext();
    const other = await context.newPage();
    await firstStep(other, quay.home, email);
    await other.waitForURL(/\/account\?tab=security/);
    await hydrated(other);
    await expect(other.getByText(/requires a second factor from/)).toBeVisible();
    await axe(other);
    await other.getByRole('link', { name: 'Not now' }).click();
    await other.waitForURL((address) => address.pathname === '/');
    // Without one: there is nothing else.
    await page.reload();
    await hydrated(page);
    await field(page, 'grace_days').fill('0');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    await other.goto(`${quay.home}/email`);
    await other.waitForURL(/\/account\?tab=security/);
    await hydrated(other);
    await expect(other.getByText('Set up a second factor to go on')).toBeVisible();
    await everyLook(other, 'account-must-enrol');
    await other.getByRole('button', { name: 'Set up an app' }).click();
    await expect(other.getByRole('img', { name: 'Picture for the authenticator app' })).toBeVisible();
    const shown = (await other.locator('main pre').first().textContent()) ?? '';
    await field(other, 'code').fill(code(shown));
    await other.getByRole('button', { name: 'Turn on' }).click();
    await expect(other.getByText('Your second factor is set up')).toBeVisible();
    await other.getByRole('button', { name: 'Go on' }).click();
    await other.waitForURL((address) => address.pathname === '/');
    await other.goto(`${quay.home}/email`);
    await expect(other.getByRole('heading', { level: 1 })).toBeVisible();
    await context.close();
    expect(errors).toEqual([]);
});

test('a forgotten password is chosen anew by a link in a mail', async ({ page, quay, sink }) => {
    const errors = watchErrors(page);
    // The owner needs a second factor by now: a script sets the address up.
    const token = (await quay.command(['token', 'create', '--user', OWNER, '--name', 'setup'])).trim();
    const made = await fetch(`${quay.home}/api/email/create_asset`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Office', email_address: 'office@quay.example', smtp_host: '127.0.0.1', smtp_port: String(sink.port), security: 'none' }),
    });
    expect(made.status, await made.text()).toBe(200);
    await page.goto(`${quay.home}/sign-in`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.waitForURL(/\/forgot/);
    await hydrated(page);
    await everyLook(page, 'forgot');
    for (const email of ['nobody@quay.example', person]) {
        await field(page, 'email').fill(email);
        await page.getByRole('button', { name: 'Send the link' }).click();
        await expect(page.getByText('If there is an account with this address')).toBeVisible();
    }
    const mail = await until('the reset mail', 30, async () => (await sink.mails()).find((text) => text.includes('Choose a new password')));
    expect(mail).toContain(person);
    const link = /http:\/\/localhost:\d+\/reset\/[\w-]{43}/.exec(mail.replace(/=\r?\n/g, ''))?.[0] ?? '';
    expect((await sink.mails()).filter((text) => text.includes('Choose a new password'))).toHaveLength(1);
    await page.goto(link);
    await hydrated(page);
    await everyLook(page, 'reset');
    await field(page, 'password').fill('passwordpassword');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await expect(page.getByText(/lists that attackers try first/).first()).toBeVisible();
    await field(page, 'password').fill('seven herons at the lock gate');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.waitForURL(/\/sign-in\?reset=done/);
    await field(page, 'email').fill(person);
    await field(page, 'password').fill('seven herons at the lock gate');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/sign-in\/second/);
    await page.goto(link);
    await expect(page.getByText('This link does not work any more')).toBeVisible();
    expect(errors).toEqual([]);
});
