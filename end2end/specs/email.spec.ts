// The product's first whole job, as a person does it: first run, sign in, an address, its connection, mail out, mail in, a reply.
import { axe, everyLook, expect, field, hydrated, shot, signIn, test as base, watchErrors } from '../fixtures.ts';
import { customerMail, forwardMail, type Sink, startSink } from '../peers.ts';
import { until } from '../server.ts';
import type { Page } from '@playwright/test';

base.use({ story: 'email' });

const PASSWORD = 'the tide comes in twice a day';
const EMAIL = 'olivia@harbour.example';

// One story on one server: the tests share the page's sign-in through the browser context they hand on.
const test = base.extend<object, { sink: Sink }>({
    sink: [async ({}, use) => {
        const sink = await startSink();
        await use(sink);
        await sink.stop();
    }, { scope: 'worker' }],
});
test.describe.configure({ mode: 'serial' });

let forwardingAddress = '';

async function signedIn(page: Page, url: string): Promise<string[]> {
    const errors = watchErrors(page);
    await signIn(page, url, EMAIL, PASSWORD);
    return errors;
}

test('the first-run link makes the organisation and its owner', async ({ strict: page, server }) => {
    await page.goto(await server.firstRunUrl());
    await hydrated(page);
    await everyLook(page, 'first-run');
    await field(page, 'tenant_name').fill('Harbour Clinic');
    await field(page, 'name').fill('Olivia Owner');
    await field(page, 'email').fill(EMAIL);
    await field(page, 'password').fill('short');
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('alert').first()).toContainText('15 characters');
    await expect(field(page, 'tenant_name')).toHaveValue('Harbour Clinic');
    await field(page, 'password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.waitForURL((address) => !address.pathname.startsWith('/first-run'));
    const used = await page.goto(await server.firstRunUrl());
    expect(used?.status(), 'the link works once').toBeGreaterThanOrEqual(400);
});

test('an address is added after its connection was tested', async ({ page, server, sink }) => {
    const errors = await signedIn(page, server.url);
    await page.goto('/email/assets');
    await hydrated(page);
    await everyLook(page, 'email-assets-empty');
    await page.getByRole('link', { name: 'Add an address' }).first().click();
    await expect(page.getByRole('heading', { level: 1, name: 'Add an address' })).toBeVisible();
    await page.getByRole('button', { name: 'Add the address' }).click();
    await expect(page.getByRole('alert').first()).toContainText('need your attention');
    await field(page, 'name').fill('Support');
    await field(page, 'email_address').fill('support@harbour.example');
    await field(page, 'from_name').fill('Harbour Clinic');
    await field(page, 'smtp_host').fill('127.0.0.1');
    await page.locator('[name="security"][value="none"]').check();
    await field(page, 'smtp_port').fill(String(sink.port));
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(page.getByText('The connection works.')).toBeVisible();
    await expect(page.getByText(/MAIL FROM/).first()).toBeVisible();
    await axe(page);
    await page.getByRole('button', { name: 'Add the address' }).click();
    await page.waitForURL(/\/email\/assets\/[0-9a-f-]{36}\?tab=forwarding/);
    forwardingAddress = await until('the forwarding address', 10, async () => /[a-z2-7]+@inbound\.example/.exec((await page.textContent('main')) ?? '')?.[0]);
    await everyLook(page, 'email-asset-forwarding');
    await page.goto(page.url().replace('forwarding', 'settings'));
    await hydrated(page);
    await everyLook(page, 'email-asset-settings');
    await page.goto(page.url().replace('settings', 'connection'));
    await hydrated(page);
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(page.getByText('The connection works.')).toBeVisible();
    await everyLook(page, 'email-asset-connection');
    expect(errors).toEqual([]);
});

test('a mail with a file is sent and its receipt follows', async ({ page, server, sink }) => {
    const errors = await signedIn(page, server.url);
    await page.goto('/email/compose');
    await hydrated(page);
    await everyLook(page, 'email-compose');
    await field(page, 'to').fill('bob@peer.example');
    await field(page, 'subject').fill('Your appointment');
    await page.getByRole('textbox', { name: 'Text' }).fill('Dear Bob, we look forward to Tuesday.');
    await field(page, 'attachments').setInputFiles({ name: 'map.txt', mimeType: 'text/plain', buffer: Buffer.from('Second floor') });
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.waitForURL(/\/email\/messages\//);
    await expect(page.getByText('Submitted').first()).toBeVisible({ timeout: 20_000 });
    await everyLook(page, 'email-message');
    const mail = await until('the mail at its destination', 10, async () => (await sink.mails()).find((text) => text.includes('Your appointment')));
    expect(mail).toContain('map.txt');
    await page.goto('/email/sent');
    await hydrated(page);
    await expect(page.getByText('bob@peer.example').first()).toBeVisible();
    await everyLook(page, 'email-sent');
    expect(errors).toEqual([]);
});

test('a forwarded mail is read in a sandbox and answered in its thread', async ({ page, server, sink }) => {
    await forwardMail(server.smtpPort, forwardingAddress, customerMail('When are you open?', 'Hello, when do you open on Saturdays?', 'open-1'));
    await forwardMail(server.smtpPort, forwardingAddress, customerMail('A second question', 'Do you take cards?', 'open-2'));
    const errors = await signedIn(page, server.url);
    await until('the conversation in the inbox', 20, async () => {
        await page.goto('/email');
        return (await page.getByText('When are you open?').count()) > 0 ? true : undefined;
    });
    await hydrated(page);
    await everyLook(page, 'email-inbox');
    await page.getByRole('link', { name: /When are you open/ }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'When are you open?' })).toBeVisible();
    const frame = page.frameLocator('iframe[title="Text of the mail"]');
    await expect(frame.getByText('when do you open on Saturdays')).toBeVisible();
    await expect(frame.getByAltText('Our logo')).toBeVisible();
    expect(await frame.locator('img[src^="http://tracker"]').count(), 'remote images are held back').toBe(0);
    await hydrated(page);
    await everyLook(page, 'email-thread');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /opening-hours\.txt/ }).click()]);
    expect(download.suggestedFilename()).toBe('opening-hours.txt');
    await page.getByRole('textbox', { name: 'Text' }).fill('From nine to noon.');
    await page.getByRole('button', { name: 'Send the reply' }).click();
    const reply = await until('the reply at its destination', 20, async () => (await sink.mails()).find((text) => text.includes('Re: When are you open?')));
    expect(reply).toContain('In-Reply-To: <open-1@customer.example>');
    expect(reply).toMatch(/References:\s+<open-1@customer\.example>/);
    await page.reload();
    await expect(page.getByText('From nine to noon.').first()).toBeVisible();
    expect(errors).toEqual([]);
});

test('the debug log shows each step and decrypts on demand', async ({ page, server }) => {
    const errors = await signedIn(page, server.url);
    await page.goto('/email/assets');
    await page.getByRole('link', { name: 'Support' }).click();
    await page.getByRole('link', { name: 'Debug log' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Debug log' })).toBeVisible();
    await hydrated(page);
    await expect(page.getByRole('cell', { name: 'received', exact: true }).first()).toBeVisible();
    await everyLook(page, 'email-log');
    await page.getByRole('button', { name: 'Decrypt' }).first().click();
    await expect(page.getByRole('heading', { name: 'Decrypted body' })).toBeVisible();
    await page.goto('/audit');
    await expect(page.getByRole('cell', { name: /^debuglog/ }).first()).toBeVisible();
    await everyLook(page, 'audit');
    expect(errors).toEqual([]);
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('an address is added, a refusal keeps what was typed, and a mail is sent', async ({ page, server, sink }) => {
        await signIn(page, server.url, EMAIL, PASSWORD);
        await page.goto('/email/assets/new');
        await field(page, 'name').fill('Billing');
        await field(page, 'email_address').fill('billing@harbour.example');
        await field(page, 'smtp_host').fill('https://127.0.0.1');
        await field(page, 'smtp_port').fill(String(sink.port));
        await page.getByRole('button', { name: 'Add the address' }).click();
        await expect(page.getByText('Enter the host name alone').first()).toBeVisible();
        await expect(field(page, 'email_address')).toHaveValue('billing@harbour.example');
        await field(page, 'smtp_host').fill('127.0.0.1');
        await page.locator('[name="security"][value="none"]').check();
        await page.getByRole('button', { name: 'Add the address' }).click();
        await page.waitForURL(/\/email\/assets\/[0-9a-f-]{36}/);
        await page.goto('/email/compose');
        await field(page, 'asset').selectOption({ label: 'Billing <billing@harbour.example>' });
        await field(page, 'to').fill('carl@peer.example');
        await field(page, 'subject').fill('Plain post');
        await field(page, 'html').fill('Sent without script.');
        await page.getByRole('button', { name: 'Send', exact: true }).click();
        await page.waitForURL(/\/email\/messages\/[0-9a-f-]{36}/);
        await until('the mail at its destination', 20, async () => (await sink.mails()).find((text) => text.includes('Sent without script.')));
        await shot(page, 'email-message-without-script');
    });
});
