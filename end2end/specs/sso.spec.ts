// Room `tenant`: email domains and single sign-on, the latter through a real OpenID provider and its own login page.
import type { Page } from '@playwright/test';
import { everyLook, expect, field, hydrated, test as base, watchErrors } from '../fixtures.ts';
import { type OidcProvider, startOidcProvider } from '../peers.ts';
import { startServer } from '../server.ts';

base.use({ story: 'sso' });

const test = base.extend<object, { provider: OidcProvider }>({
    // A server that may reach the provider on this machine.
    server: [async ({}, use) => {
        const server = await startServer({ SWITCHBOARD_OUTBOUND_ALLOW: '127.0.0.1' });
        await use(server);
        await server.stop();
    }, { scope: 'worker' }],
    provider: [async ({ server }, use) => {
        const provider = await startOidcProvider([`${server.url}/sign-in/sso/harbour/callback`], {
            's-nina': { email: 'nina@harbour.example', email_verified: true, name: 'Nina Novak', groups: ['desk'] },
            's-eve': { email: 'eve@elsewhere.example', email_verified: true, name: 'Eve', groups: ['desk'] },
        });
        await use(provider);
        await provider.stop();
    }, { scope: 'worker' }],
});

/** The provider's login page, which asks for a font from outside. */
async function signInThere(page: Page, subject: string): Promise<void> {
    await page.locator('input[name="login"]').fill(subject);
    await page.locator('input[name="password"]').fill('whatever');
    await page.locator('button[type="submit"]').click();
}

async function withoutFonts(page: Page): Promise<void> {
    await page.route(/fonts\.googleapis\.com/, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
}

test.describe.configure({ mode: 'serial' });

test('single sign-on is set up, tried, and leads to the console', async ({ console: page, provider, browser, server }) => {
    await withoutFonts(page);
    await page.goto('/tenant/sign-in');
    await hydrated(page);
    await everyLook(page, 'tenant-sign-in-new');
    await field(page, 'slug').fill('harbour');
    await field(page, 'issuer').fill('https://127.0.0.1:9');
    await field(page, 'client').fill('switchboard');
    await field(page, 'client_secret').fill('geheim-geheim');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(/the provider cannot be used/).first()).toBeVisible();
    await expect(field(page, 'client')).toHaveValue('switchboard');
    await field(page, 'issuer').fill(provider.issuer);
    await field(page, 'scopes').fill('openid email profile groups');
    await field(page, 'group_claim').fill('groups');
    await field(page, 'agent_groups').fill('desk');
    await field(page, 'active').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(`${server.url}/sign-in/sso/harbour/callback`)).toBeVisible();

    await page.getByRole('link', { name: 'Test sign-in' }).click();
    await signInThere(page, 's-nina');
    await page.waitForURL('**/tenant/sign-in');
    await expect(page.getByText(/would get an account as Agent/)).toBeVisible();
    await hydrated(page);
    await everyLook(page, 'tenant-sign-in');

    const context = await browser.newContext({ baseURL: server.url });
    const nina = await context.newPage();
    const errors = watchErrors(nina);
    await withoutFonts(nina);
    await nina.goto('/sign-in');
    await hydrated(nina);
    await nina.getByRole('link', { name: 'Single sign-on' }).click();
    await nina.goto('/sign-in/sso/harbour');
    await hydrated(nina);
    await everyLook(nina, 'sign-in-sso');
    await nina.getByRole('link', { name: 'Single sign-on', exact: true }).click();
    await signInThere(nina, 's-nina');
    await nina.waitForURL(`${server.url}/`);
    await hydrated(nina);
    await expect(nina.getByText('Nina Novak').first()).toBeVisible();
    expect(errors).toEqual([]);
    await context.close();
});

test('a user outside the email domains is refused in exactly these words', async ({ console: page, browser, server }) => {
    await page.goto('/tenant/domains');
    await hydrated(page);
    const entry = page.getByLabel('Add to Allowed domains');
    await entry.fill('connect.com');
    await entry.press('Enter');
    await page.getByRole('button', { name: 'Who would be outside?' }).click();
    await expect(page.getByText('You yourself would be outside.')).toBeVisible();
    await everyLook(page, 'tenant-domains-preview');
    await entry.fill('Harbour.example');
    await entry.press('Enter');
    await page.getByRole('button', { name: 'Who would be outside?' }).click();
    await expect(page.getByText('Everybody who is here now would be inside.')).toBeVisible();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Email domains saved')).toBeVisible();

    await page.goto('/people/new');
    await hydrated(page);
    await field(page, 'name').fill('Abc');
    await field(page, 'email').fill('abc@abc.connect.com');
    await page.locator('main input[name="by"][value="link"]').check({ force: true });
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    await expect(page.getByText('User domain not in allowed list', { exact: true }).first()).toBeVisible();
    await expect(field(page, 'name')).toHaveValue('Abc');

    const context = await browser.newContext({ baseURL: server.url });
    const eve = await context.newPage();
    await withoutFonts(eve);
    await eve.goto('/sign-in/sso');
    await hydrated(eve);
    await field(eve, 'email').fill('eve@harbour.example');
    await eve.getByRole('button', { name: 'Continue' }).click();
    await eve.waitForURL('**/sign-in/sso/harbour');
    await eve.getByRole('link', { name: 'Single sign-on', exact: true }).click();
    await signInThere(eve, 's-eve');
    await eve.waitForURL('**/sign-in/sso/harbour?why=domain');
    await expect(eve.getByText('User domain not in allowed list', { exact: true })).toBeVisible();
    await hydrated(eve);
    await everyLook(eve, 'sign-in-sso-refused');
    await context.close();
});

test('a bad list is refused at its field and nothing typed is lost; people outside are shown', async ({ console: page }) => {
    await page.goto('/tenant/domains');
    await hydrated(page);
    const entry = page.getByLabel('Add to Allowed domains');
    await entry.fill('office.localhost');
    await entry.press('Enter');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(/office\.localhost is reserved/).first()).toBeVisible();
    await expect(page.getByText('connect.com').first()).toBeVisible();
    await page.getByRole('button', { name: 'Remove office.localhost' }).click();
    await page.getByRole('button', { name: 'Remove harbour.example' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Your own address is outside the list.')).toBeVisible();
    await everyLook(page, 'tenant-domains-outside');
});

test('domains and the way to single sign-on work without script', async ({ browser, server, owner }) => {
    const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto('/tenant/domains');
    await field(page, 'domains').fill('connect.com, *.harbour.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(/there are no wildcards here/).first()).toBeVisible();
    await expect(field(page, 'domains')).toHaveValue('connect.com, *.harbour.example');
    await field(page, 'domains').fill('harbour.example');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.goto('/tenant/domains');
    await expect(field(page, 'domains')).toHaveValue('harbour.example');
    await context.close();
    const stranger = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const out = await stranger.newPage();
    await out.goto('/sign-in/sso');
    await field(out, 'email').fill('new@harbour.example');
    await out.getByRole('button', { name: 'Continue' }).click();
    await out.waitForURL('**/sign-in/sso/harbour');
    await expect(out.getByRole('link', { name: 'Single sign-on', exact: true })).toBeVisible();
    await stranger.close();
});
