// Visitors from outside: the owners' settings, the operators' console, banners, partners. What ends a visit closes its open pages.
import type { Browser, Page } from '@playwright/test';
import { everyLook, expect, field, hydrated, OWNER, signIn, test, watchErrors } from '../fixtures.ts';
import type { Server } from '../server.ts';

test.use({ story: 'access' });

const OPERATOR = { email: 'mara@support.example', password: OWNER.password } as const;
const PARTNER = { tenant: 'Harbour Helpers', email: 'paul@helpers.example', password: OWNER.password } as const;

/** A browser of its own with an error watch. */
async function elsewhere(browser: Browser, server: Server): Promise<{ page: Page; errors: string[] }> {
    const context = await browser.newContext({ baseURL: server.url });
    const page = await context.newPage();
    return { page, errors: watchErrors(page) };
}

async function signInAsOperator(page: Page): Promise<void> {
    await page.goto('/operator');
    await hydrated(page);
    await field(page, 'email').fill(OPERATOR.email);
    await field(page, 'password').fill(OPERATOR.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Organisations' })).toBeVisible();
}

/** Enters the owner's organisation from the operators' console; the page shows its overview. */
async function enter(page: Page, access: string): Promise<void> {
    await page.goto('/operator');
    await hydrated(page);
    await page.getByRole('row', { name: OWNER.tenant }).getByRole('button', { name: access, exact: true }).click();
    await expect(page.getByText(`You are visiting ${OWNER.tenant} as help desk`)).toBeVisible();
    await hydrated(page);
}

let made = false;
test.beforeEach(async ({ server, owner }) => {
    expect(owner.storage.cookies.length).toBeGreaterThan(0);
    if (made) return;
    made = true;
    await server.command(['operator', 'create', '--email', OPERATOR.email, '--access', 'full-with-decrypt', '--password-stdin'], OPERATOR.password);
    await server.command(['owner', 'create', '--tenant', PARTNER.tenant, '--email', PARTNER.email, '--password-stdin'], PARTNER.password);
});

test('the sign-in page of the operators stands in every look', async ({ strict: page }) => {
    await page.goto('/operator');
    await hydrated(page);
    await everyLook(page, 'operator-sign-in');
});

test('switching off while the help desk has a page open ends the visit and closes the page', async ({ console: owner, browser, server }) => {
    test.slow(); // five pages in four looks
    const { page: visitor, errors } = await elsewhere(browser, server);
    await signInAsOperator(visitor);
    await everyLook(visitor, 'operator-tenants');
    await owner.goto('/people');
    await hydrated(owner);
    await expect(owner.getByText(OPERATOR.email)).toHaveCount(0);

    await enter(visitor, 'Read-only');
    await everyLook(visitor, 'access-visitor');
    // The owner's page has been open all the time.
    await expect(owner.getByText(`Help desk: ${OPERATOR.email} is in your organisation with read-only access since`)).toBeVisible();
    await everyLook(owner, 'access-banner');

    await visitor.goto('/people');
    await hydrated(visitor);
    await expect(visitor.getByText(OWNER.email)).toBeVisible();
    await expect(visitor.getByRole('link', { name: 'Access', exact: true })).toHaveCount(0);

    await owner.goto('/tenant/access');
    await hydrated(owner);
    await expect(owner.getByText('Here now')).toBeVisible();
    await everyLook(owner, 'access-settings');
    await field(owner, 'help_desk').uncheck();
    await owner.getByRole('button', { name: 'Save' }).click();

    await visitor.waitForURL(/\/visit-ended$/);
    await expect(visitor.getByRole('heading', { name: 'Your visit has ended' })).toBeVisible();
    await everyLook(visitor, 'access-ended');
    await expect(owner.getByText('help-desk access was switched off')).toBeVisible();
    await expect(owner.getByText(`Help desk: ${OPERATOR.email}`)).toHaveCount(0);
    // The organisation is not offered any more.
    await visitor.goto('/operator');
    await expect(visitor.getByRole('row', { name: OWNER.tenant })).toHaveCount(0);

    await field(owner, 'help_desk').check();
    await owner.getByRole('button', { name: 'Save' }).click();
    await expect(owner.getByText('Saved', { exact: true }).first()).toBeVisible();
    await visitor.reload();
    await expect(visitor.getByRole('row', { name: OWNER.tenant })).toBeVisible();
    expect(errors).toEqual([]);
    await visitor.context().close();
});

test('another person of the tenant sees the banner, and an owner ends the visit from it', async ({ console: owner, browser, server }) => {
    await owner.request.post('/api/people/create', {
        headers: { origin: server.url, accept: 'application/json' },
        data: { name: 'Anton', email: 'anton@harbour.example', role: 'agent', password: OWNER.password },
    });
    const { page: agent } = await elsewhere(browser, server);
    await signIn(agent, server.url, 'anton@harbour.example', OWNER.password);
    await hydrated(agent);
    const { page: visitor } = await elsewhere(browser, server);
    await signInAsOperator(visitor);
    await enter(visitor, 'Full');
    const banner = (page: Page) => page.getByText(`Help desk: ${OPERATOR.email} is in your organisation with full access since`);
    await expect(banner(agent)).toBeVisible();
    await expect(agent.getByRole('button', { name: 'End this visit' })).toHaveCount(0);
    await owner.goto('/');
    await hydrated(owner);
    await owner.getByRole('status').filter({ hasText: OPERATOR.email }).getByRole('button', { name: 'End this visit' }).click();
    await visitor.waitForURL(/\/visit-ended$/);
    await expect(banner(agent)).toHaveCount(0);
    await expect(banner(owner)).toHaveCount(0);
    await agent.context().close();
    await visitor.context().close();
});

test('a time that has passed is refused at the field, and nothing typed is lost', async ({ console: owner }) => {
    await owner.goto('/tenant/access');
    await hydrated(owner);
    await field(owner, 'until_date').fill('2020-01-01');
    await field(owner, 'until_time').fill('08:00');
    await field(owner, 'decrypt').check();
    await owner.getByRole('button', { name: 'Save' }).click();
    await expect(owner.getByText('This moment has passed.').first()).toBeVisible();
    await expect(field(owner, 'until_date')).toHaveValue('2020-01-01');
    await expect(field(owner, 'until_time')).toHaveValue('08:00');
    await expect(field(owner, 'decrypt')).toBeChecked();
});

test('a partner enters by its quick link and leaves again', async ({ console: owner, browser, server }) => {
    await server.command(['partner', 'link', '--partner', PARTNER.tenant, '--customer', OWNER.tenant, '--access', 'full']);
    await owner.goto('/tenant/access');
    await hydrated(owner);
    await owner.getByRole('row', { name: PARTNER.tenant }).getByRole('button', { name: 'Accept' }).click();
    await expect(owner.getByRole('row', { name: PARTNER.tenant }).getByRole('button', { name: 'End' })).toBeVisible();

    const { page: partner, errors } = await elsewhere(browser, server);
    await signIn(partner, server.url, PARTNER.email, PARTNER.password);
    await expect(partner.getByText('No channel is open yet')).toBeVisible();
    await owner.request.post('/api/email/create_asset', {
        headers: { origin: server.url, accept: 'application/json' },
        data: { name: 'Office', email_address: 'office@harbour.example', smtp_host: '127.0.0.1', smtp_port: '9', security: 'none' },
    });
    await partner.reload();
    await hydrated(partner);
    await everyLook(partner, 'access-customers');
    await partner.locator('#customers').getByRole('button', { name: 'Full', exact: true }).click();
    await expect(partner.getByText(`You are visiting ${OWNER.tenant} as a partner with full access`)).toBeVisible();
    await expect(owner.getByText(`Partner: ${PARTNER.email} of ${PARTNER.tenant} is in your organisation`)).toBeVisible();
    await hydrated(partner);
    await partner.getByRole('button', { name: 'Leave' }).click();
    await expect(partner.locator('#customers')).toBeVisible();
    await expect(partner.getByText('You are visiting')).toHaveCount(0);
    expect(errors).toEqual([]);
    await partner.context().close();
});

test('a used link says so on one page', async ({ strict: page }) => {
    await page.goto('/launch/0190/none');
    await expect(page.getByRole('heading', { name: 'This link does not lead in' })).toBeVisible();
    await hydrated(page);
    await everyLook(page, 'access-no-way');
});

test('without the WASM the help desk enters by plain posts', async ({ browser, server }) => {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto('/operator');
    await field(page, 'email').fill(OPERATOR.email);
    await field(page, 'password').fill(OPERATOR.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('row', { name: OWNER.tenant }).getByRole('button', { name: 'Read-only' }).click();
    await expect(page.getByRole('heading', { name: `Enter ${OWNER.tenant}` })).toBeVisible();
    await page.getByRole('button', { name: 'Enter' }).click();
    await expect(page.getByText(`You are visiting ${OWNER.tenant}`)).toBeVisible();
    await page.getByRole('button', { name: 'Leave' }).click();
    await expect(page.getByText('You are visiting')).toHaveCount(0);
    await context.close();
});
