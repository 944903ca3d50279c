// Secure handling of inbound media: the owner's setting, the link beside a received file, the expired link that asks for the key.
import { everyLook, expect, field, hydrated, OWNER, signIn, test } from '../fixtures.ts';
import { customerMail, forwardMail, startSink } from '../peers.ts';
import { type Server, until } from '../server.ts';
import type { Page } from '@playwright/test';

test.use({ story: 'media' });

test.describe.configure({ mode: 'serial' });

let forwardingAddress = '';

async function receive(page: Page, server: Server, subject: string, id: string): Promise<void> {
    await forwardMail(server.smtpPort, forwardingAddress, customerMail(subject, 'Please see the file.', id));
    await until(`the conversation ${subject}`, 20, async () => {
        await page.goto('/email');
        return (await page.getByText(subject).count()) > 0 ? true : undefined;
    });
    await page.getByRole('link', { name: subject }).click();
    await expect(page.getByRole('heading', { level: 1, name: subject })).toBeVisible();
    await hydrated(page);
}

const linkOf = async (page: Page, chip: string) => (await page.getByRole('link', { name: chip }).first().getAttribute('href')) ?? '';

test('the section appears where the operator switched it on', async ({ console: page, server }) => {
    await page.goto('/tenant');
    await expect(page.getByRole('link', { name: 'Inbound media' })).toHaveCount(0);
    expect((await page.goto('/tenant/media'))?.status()).toBe(404);
    await server.command(['tenant', 'feature', '--tenant', OWNER.tenant, '--secure-media', 'on']);
    await page.goto('/tenant');
    await page.getByRole('link', { name: 'Inbound media' }).click();
    await expect(field(page, 'expiry')).toHaveValue('12');
    await expect(field(page, 'unit')).toHaveValue('hours');
    await hydrated(page);
    await everyLook(page, 'tenant-media');
});

test('a file has a public link while the setting is off', async ({ console: page, server }) => {
    const sink = await startSink();
    await page.goto('/email/assets/new');
    await hydrated(page);
    await field(page, 'name').fill('Support');
    await field(page, 'email_address').fill('support@harbour.example');
    await field(page, 'smtp_host').fill('127.0.0.1');
    await page.locator('[name="security"][value="none"]').check();
    await field(page, 'smtp_port').fill(String(sink.port));
    await page.getByRole('button', { name: 'Add the address' }).click();
    await page.waitForURL(/\/email\/assets\/[0-9a-f-]{36}/);
    forwardingAddress = await until('the forwarding address', 10, async () => /[a-z2-7]+@inbound\.example/.exec((await page.textContent('main')) ?? '')?.[0]);
    await sink.stop();
    await receive(page, server, 'A public file', 'media-1');
    const link = await linkOf(page, 'Public link');
    expect(link).toMatch(/\/media\/[\w-]{43}$/);
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Monday to Friday');
    await everyLook(page, 'email-thread-public-link');
});

test('hours and days outside the limits are refused at the field, and nothing typed is lost', async ({ console: page }) => {
    await page.goto('/tenant/media');
    await hydrated(page);
    await page.getByRole('switch', { name: 'Enabled' }).check();
    for (const [amount, unit, sentence] of [['3', 'hours', 'The shortest expiry is 4 hours.'], ['8', 'days', 'The longest expiry is 7 days.']] as const) {
        await field(page, 'expiry').fill(amount);
        await field(page, 'unit').selectOption(unit);
        await page.getByRole('button', { name: 'Update' }).click();
        await expect(page.locator('#media-expiry-problem')).toContainText(sentence);
        await expect(field(page, 'expiry')).toHaveValue(amount);
        await expect(field(page, 'unit')).toHaveValue(unit);
    }
    await everyLook(page, 'tenant-media-refused');
    await field(page, 'expiry').fill('2');
    await page.getByRole('button', { name: 'Update' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    await page.reload();
    await expect(field(page, 'expiry')).toHaveValue('2');
    await expect(page.getByRole('switch', { name: 'Enabled' })).toBeChecked();
});

test('the expired link asks for the key, and opens with it', async ({ console: page, server }) => {
    await receive(page, server, 'A file for two days', 'media-2');
    const link = await linkOf(page, 'Short-lived link');
    expect((await fetch(link)).status).toBe(200);
    // What would take hours: every short-lived link has expired.
    await server.changeRows('UPDATE media_link SET expires_micros = 1 WHERE expires_micros IS NOT NULL');
    const refused = await fetch(link);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ header: 'x-imi-connect-media-api-key' });
    await page.reload();
    await expect(page.getByText('Link needs the key').first()).toBeVisible();
    await hydrated(page);
    await everyLook(page, 'email-thread-expired-link');
    const key = (await (await page.request.post('/api/tenant/reveal_profile_key', { data: {}, headers: { accept: 'application/json', origin: server.url } })).json()) as string;
    expect((await fetch(link, { headers: { 'x-imi-connect-media-api-key': 'guess' } })).status).toBe(401);
    const opened = await fetch(link, { headers: { 'x-imi-connect-media-api-key': key } });
    expect(opened.status).toBe(200);
    expect(await opened.text()).toContain('Monday to Friday');
    const asked = await page.goto(link);
    expect(asked?.status()).toBe(401);
    await expect(page.getByText('x-imi-connect-media-api-key')).toBeVisible();
});

test('a link is taken back', async ({ console: page, server }) => {
    await receive(page, server, 'A file to take back', 'media-3');
    const link = await linkOf(page, 'Short-lived link');
    await page.getByRole('button', { name: 'Take back' }).first().click();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await expect(page.getByText('Link taken back').first()).toBeVisible();
    expect((await fetch(link)).status).toBe(404);
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('a refused expiry keeps what was typed', async ({ page, server }) => {
        await signIn(page, server.url, OWNER.email, OWNER.password);
        await page.goto('/tenant/media');
        await field(page, 'unit').selectOption('days');
        await field(page, 'expiry').fill('8');
        await page.getByRole('button', { name: 'Update' }).click();
        await expect(page.getByText('The longest expiry is 7 days.').first()).toBeVisible();
        await expect(field(page, 'expiry')).toHaveValue('8');
    });
});
