// The profile key and what it opens: reveal, copy, rotate; customers written by the API and looked up by people.
import { axe, everyLook, expect, field, hydrated, shot, signIn, test, watchErrors } from '../fixtures.ts';
import { until } from '../server.ts';

test.use({ story: 'profile' });

test.describe.configure({ mode: 'serial' });

const PROFILES = '/resources/v2/customerprofile';
let key = '';

async function api(url: string, withKey: string, method: string, path: string, body?: unknown): Promise<{ status: number; reply: Record<string, unknown> }> {
    const answer = await fetch(`${url}${path}`, { method, headers: { key: withKey, 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, reply: (await answer.json()) as Record<string, unknown> };
}

/** Writes customers through the API and waits until they are there. */
async function write(url: string, records: unknown[]): Promise<void> {
    const { status, reply } = await api(url, key, 'POST', PROFILES, { Records: records });
    expect(status, JSON.stringify(reply)).toBe(200);
    await until('the outcome', 20, async () => {
        const outcome = await api(url, key, 'GET', `/resources/v2/profile/status/${String(reply['transid'])}`);
        return outcome.reply['code'] === '7600' ? undefined : (expect(outcome.reply['code']).toBe('1000'), true);
    });
}

test('the key is masked, revealed on request, and each look is in the audit log', async ({ console: page, server }) => {
    await page.goto('/tenant/keys');
    await hydrated(page);
    await expect(page.getByRole('link', { name: 'Keys' })).toHaveAttribute('aria-current', 'page');
    expect(await page.textContent('main')).not.toMatch(/sbp_[\w-]{43}/);
    await everyLook(page, 'tenant-keys');
    await page.getByRole('button', { name: 'Reveal' }).click();
    key = await until('the key', 10, async () => /sbp_[\w-]{43}/.exec((await page.textContent('main')) ?? '')?.[0]);
    await everyLook(page, 'tenant-keys-revealed');
    expect((await api(server.url, key, 'GET', `${PROFILES}/nobody`)).status, 'the key opens the API').toBe(404);
    await page.goto('/audit?action=tenant.profile_key');
    await hydrated(page);
    await expect(page.getByText('tenant.profile_key.revealed')).toHaveCount(1);
    expect(await page.textContent('main')).not.toContain(key);
    await page.goto('/tenant/keys');
    expect(await page.textContent('main'), 'a new look is masked again').not.toContain(key);
});

test('it is copied without being shown, which is a look too', async ({ console: page }) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto('/tenant/keys');
    await hydrated(page);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await expect(page.getByText('Profile key copied')).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    expect(await page.textContent('main')).not.toContain(key);
    await page.goto('/audit?action=tenant.profile_key');
    await hydrated(page);
    await expect(page.getByText('tenant.profile_key.revealed')).toHaveCount(2);
});

test('after a rotation the old key works until it is ended', async ({ console: page, server }) => {
    const old = key;
    await page.goto('/tenant/keys');
    await hydrated(page);
    await field(page, 'overlap_hours').fill('169');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await expect(page.locator('main').getByText(/at most 168|168 hours/).first()).toBeVisible();
    await expect(field(page, 'overlap_hours')).toHaveValue('169');
    await field(page, 'overlap_hours').fill('48');
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await expect(page.getByText('There is a new profile key')).toBeVisible();
    await expect(page.locator('#replaced-keys').getByText(old.slice(0, 10))).toBeVisible();
    await everyLook(page, 'tenant-keys-rotated');
    await page.getByRole('button', { name: 'Reveal' }).click();
    key = await until('the new key', 10, async () => {
        const shown = /sbp_[\w-]{43}/.exec((await page.textContent('main')) ?? '')?.[0];
        return shown === old ? undefined : shown;
    });
    for (const one of [old, key]) expect((await api(server.url, one, 'GET', `${PROFILES}/nobody`)).status).toBe(404);
    await page.getByRole('button', { name: 'End it now' }).click();
    await expect(page.getByText('The key has ended')).toBeVisible();
    expect(await api(server.url, old, 'GET', `${PROFILES}/nobody`)).toMatchObject({ status: 401, reply: { code: '7001' } });
    expect((await api(server.url, key, 'GET', `${PROFILES}/nobody`)).status).toBe(404);
});

test('there is nobody yet, and the page says how customers come', async ({ console: page }) => {
    await page.goto('/people/profiles');
    await hydrated(page);
    await expect(page.getByText('No customer yet')).toBeVisible();
    await everyLook(page, 'customers-empty');
});

test('who the API wrote is found on the page', async ({ console: page, server }) => {
    await write(server.url, [
        { customerId: 'CRN-54321', Attributes: { name: 'Ann Archer', email: 'ann@customer.example', msisdn: '+41 79 123 45 67', plan: 'gold' } },
        ...Array.from({ length: 60 }, (_, n) => ({ customerId: `C-${n}`, Attributes: { name: `Customer ${String(n).padStart(2, '0')}` } })),
    ]);
    await page.goto('/people/profiles');
    await hydrated(page);
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Customers', exact: true })).toHaveAttribute('aria-current', 'page');
    await expect(page.locator('#customers tbody tr')).toHaveCount(50);
    await everyLook(page, 'customers');
    await page.getByRole('link', { name: 'Next' }).click();
    await expect(page.locator('#customers tbody tr')).toHaveCount(11);
    for (const search of ['archer', 'ANN@customer', '+41 79 123', 'crn-543']) {
        await page.goto(`/people/profiles?search=${encodeURIComponent(search)}`);
        await expect(page.locator('#customers tbody tr')).toHaveCount(1);
        await expect(page.getByRole('link', { name: 'Ann Archer' })).toBeVisible();
    }
    await page.goto('/people/profiles?search=nobody');
    await expect(page.getByText('Nobody fits')).toBeVisible();
    const file = await page.request.get('/people/profiles/export.csv?search=archer');
    expect(await file.text()).toContain('CRN-54321,Ann Archer,ann@customer.example,41791234567');
});

test('a customer is changed here, the API reads it, and it is deleted', async ({ console: page, server }) => {
    await page.goto('/people/profiles?search=archer');
    await hydrated(page);
    await page.getByRole('link', { name: 'Ann Archer' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Ann Archer' })).toBeVisible();
    await expect(field(page, 'attributes')).toHaveValue('plan: gold');
    await expect(page.getByText('Nothing came from this address')).toBeVisible();
    await everyLook(page, 'customer');
    await field(page, 'msisdn').fill('none');
    await field(page, 'attributes').fill('plan: silver\ncity: Bern');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert').first()).toContainText('telephone number');
    await field(page, 'msisdn').fill('+41 79 000 00 00');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    const { reply } = await api(server.url, key, 'GET', `${PROFILES}/CRN-54321`);
    const attributes = (reply['Records'] as { Attributes: { Name: string; Value: string }[] }[])[0]?.Attributes ?? [];
    const read = Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value]));
    expect(read).toMatchObject({ plan: 'silver', city: 'Bern', msisdn: '41790000000', customerId: 'CRN-54321' });
    await page.getByRole('button', { name: 'Delete this customer' }).click();
    await expect(page.getByRole('alert').first()).toContainText('required');
    await page.getByLabel('Yes, delete this customer for good').check();
    await page.getByRole('button', { name: 'Delete this customer' }).click();
    await page.waitForURL(/\/people\/profiles$/);
    expect((await api(server.url, key, 'GET', `${PROFILES}/CRN-54321`)).status).toBe(404);
});

test('a customer is added by hand, and a taken id keeps what was typed', async ({ console: page }) => {
    await page.goto('/people/profiles/new');
    await hydrated(page);
    await axe(page);
    await field(page, 'customer_id').fill('C-1');
    await field(page, 'name').fill('Bob Brewer');
    await page.getByRole('button', { name: 'Add customer' }).click();
    await expect(page.getByRole('alert').first()).toContainText('already a customer');
    await expect(field(page, 'name')).toHaveValue('Bob Brewer');
    await field(page, 'customer_id').fill('B-1');
    await page.getByRole('button', { name: 'Add customer' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Bob Brewer' })).toBeVisible();
    await shot(page, 'customer-added');
});

test('an agent looks customers up and sees no key', async ({ browser, server, owner }) => {
    const password = 'somebody who answers the telephone';
    const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage });
    const made = await context.request.post('/api/people/create', { data: { name: 'Ada Agent', email: 'ada@harbour.example', role: 'agent', password }, headers: { origin: server.url } });
    expect(made.status()).toBe(200);
    await context.close();
    const agent = await browser.newPage({ baseURL: server.url });
    const errors = watchErrors(agent);
    await signIn(agent, server.url, 'ada@harbour.example', password);
    await agent.goto('/people/profiles?search=Brewer');
    await hydrated(agent);
    await agent.getByRole('link', { name: 'Bob Brewer' }).click();
    await expect(field(agent, 'name')).toHaveAttribute('readonly', '');
    await axe(agent);
    expect((await agent.goto('/tenant/keys'))?.status()).toBe(404);
    expect(errors).toEqual([]);
    await agent.close();
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('the key is rotated and a customer added by plain forms', async ({ browser, server, owner }) => {
        const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage, javaScriptEnabled: false });
        const page = await context.newPage();
        await page.goto('/tenant/keys');
        await page.getByRole('button', { name: 'Reveal' }).click();
        expect(await page.textContent('main')).toContain(key);
        await field(page, 'overlap_hours').fill('0');
        await page.getByRole('button', { name: 'Make a new key' }).click();
        expect((await api(server.url, key, 'GET', `${PROFILES}/nobody`)).status).toBe(401);
        await page.goto('/people/profiles/new');
        await field(page, 'customer_id').fill('plain');
        await field(page, 'email').fill('plain@customer.example');
        await page.getByRole('button', { name: 'Add customer' }).click();
        await expect(page.getByRole('heading', { level: 1, name: 'plain' })).toBeVisible();
        await context.close();
    });
});
