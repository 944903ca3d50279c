// Scheduled sending: a mail every day at 09:30 by the clock in London, whatever the clocks do; and the tenant's zone changes.
import { everyLook, expect, field, hydrated, OWNER, signIn, test as base } from '../fixtures.ts';
import { type Sink, startSink } from '../peers.ts';
import { until } from '../server.ts';
import type { Page } from '@playwright/test';

base.use({ story: 'schedule' });

const test = base.extend<object, { sink: Sink }>({
    sink: [async ({}, use) => {
        const sink = await startSink();
        await use(sink);
        await sink.stop();
    }, { scope: 'worker' }],
});
test.describe.configure({ mode: 'serial' });

let schedule = '';

async function addAsset(page: Page, port: number): Promise<void> {
    await page.goto('/email/assets/new');
    await hydrated(page);
    await field(page, 'name').fill('Reminders');
    await field(page, 'email_address').fill('reminders@harbour.example');
    await field(page, 'smtp_host').fill('127.0.0.1');
    await page.locator('[name="security"][value="none"]').check();
    await field(page, 'smtp_port').fill(String(port));
    await page.getByRole('button', { name: 'Add the address' }).click();
    await page.waitForURL(/\/email\/assets\/[0-9a-f-]{36}/);
}

/** Chooses in a combobox by typing. */
async function choose(page: Page, name: string, text: string): Promise<void> {
    const entry = page.locator(`[id$="-${name}-entry"]`);
    await entry.fill(text);
    await page.getByRole('option', { name: text, exact: true }).click();
}

test('a mail is scheduled daily, with its next runs shown while typing', async ({ console: page, sink }) => {
    await addAsset(page, sink.port);
    await page.goto('/email/schedules');
    await hydrated(page);
    await expect(page.getByText('No schedule here')).toBeVisible();
    await everyLook(page, 'schedules-empty');
    await page.getByRole('link', { name: 'Schedule a mail' }).first().click();
    await page.waitForURL(/\/email\/compose/);
    await hydrated(page);
    await field(page, 'to').fill('bob@peer.example');
    await field(page, 'subject').fill('Daily reminder');
    await page.getByRole('textbox', { name: 'Text' }).fill('Do not forget.');
    await choose(page, 'zone', 'Europe/London');
    await field(page, 'time').fill('09:30');
    await expect(page.getByText('Every day at 09:30 (Europe/London)')).toBeVisible();
    const runs = page.getByRole('list', { name: 'Next runs' }).getByRole('listitem');
    await expect(runs).toHaveCount(5);
    await expect(runs.first()).toContainText(/\d{4}-\d\d-\d\d 09:30:00 UTC\+0[01]:00/);

    // A cron expression is said in words, and what is wrong with it is said too.
    await field(page, 'repeats').selectOption('cron');
    await field(page, 'cron').fill('30 9 25 3,10 *');
    await expect(page.getByText('At 09:30, on day 25 of the month in March and October (Europe/London)')).toBeVisible();
    const offsets = new Set((await runs.allInnerTexts()).map((text) => /UTC\+0[01]:00/.exec(text)?.[0]));
    expect(offsets, 'winter and summer').toEqual(new Set(['UTC+00:00', 'UTC+01:00']));
    await field(page, 'cron').fill('30 9 32 * *');
    await expect(page.getByText('“32” is no day of month').first()).toBeVisible();
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await expect(page.getByRole('alert').first()).toContainText('“32” is no day of month');
    await everyLook(page, 'schedule-new-refused');
    await expect(field(page, 'subject'), 'nothing typed is lost').toHaveValue('Daily reminder');

    // What is not chosen is not checked.
    await field(page, 'repeats').selectOption('daily');
    await expect(page.getByText('Every day at 09:30 (Europe/London)')).toBeVisible();
    await everyLook(page, 'schedule-new');
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.waitForURL(/\/email\/schedules\/[0-9a-f-]{36}/);
    schedule = new URL(page.url()).pathname;
    await expect(page.getByRole('heading', { level: 1, name: 'Daily reminder' })).toBeVisible();
    await expect(runs).toHaveCount(5);
    await hydrated(page);
    await everyLook(page, 'schedule');
    await page.goto('/email/schedules');
    await hydrated(page);
    await expect(page.getByRole('link', { name: 'Daily reminder' })).toBeVisible();
    await everyLook(page, 'schedules');
});

test('it is paused, resumed and run by hand', async ({ console: page, sink }) => {
    await page.goto(schedule);
    await hydrated(page);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByText('No run ahead')).toBeVisible();
    const other = await page.context().newPage();
    const connected = other.waitForResponse((answer) => new URL(answer.url()).pathname === '/events');
    await other.goto('/email/schedules');
    await connected;
    await expect(other.getByRole('table').locator('time'), 'no run behind it and none ahead').toHaveCount(0);
    await page.getByRole('button', { name: 'Run now' }).click();
    await expect(page.getByText('Sent by hand')).toBeVisible();
    await expect(other.getByRole('table').locator('time'), 'an open list follows').toHaveCount(1);
    await other.close();
    await until('the mail at its destination', 20, async () => (await sink.mails()).find((text) => text.includes('Daily reminder')));
    await everyLook(page, 'schedule-paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
    await page.getByRole('link', { name: 'Mail and receipts' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Daily reminder' })).toBeVisible();
    await page.waitForURL(/\/email\/messages\//);
});

test('its time and its mail are changed, and a refused change keeps what was typed', async ({ console: page }) => {
    await page.goto(`${schedule}?tab=time`);
    await hydrated(page);
    await field(page, 'repeats').selectOption('weekly');
    await field(page, 'time').fill('08:15');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Choose at least one day of the week.').first()).toBeVisible();
    await expect(field(page, 'time')).toHaveValue('08:15');
    await expect(field(page, 'repeats')).toHaveValue('weekly');
    await everyLook(page, 'schedule-time-refused');
    await page.getByLabel('Monday').check();
    await page.getByLabel('Friday').check();
    await expect(page.getByText('Every Monday and Friday at 08:15 (Europe/London)').first()).toBeVisible();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await page.goto(`${schedule}?tab=mail`);
    await hydrated(page);
    await expect(page.getByRole('textbox', { name: 'Text' })).toContainText('Do not forget.');
    await field(page, 'subject').fill('Weekly reminder');
    await field(page, 'attachments').setInputFiles({ name: 'map.txt', mimeType: 'text/plain', buffer: Buffer.from('Second floor') });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Weekly reminder' })).toBeVisible();
    await expect(page.getByRole('link', { name: /map\.txt/ })).toBeVisible();
    await everyLook(page, 'schedule-mail');
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('a time is changed plainly, a refusal keeps it, and the next runs are on the page', async ({ page, server, owner }) => {
        expect(owner.storage.cookies.length).toBeGreaterThan(0);
        await signIn(page, server.url, OWNER.email, OWNER.password);
        await page.goto(`${schedule}?tab=time`);
        await page.locator('[name="when"][value="later"]').check();
        await field(page, 'date').fill('2019-10-27');
        await field(page, 'time').fill('10:45');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await expect(page.getByText('This moment has passed').first()).toBeVisible();
        await expect(field(page, 'time')).toHaveValue('10:45');
        await expect(page.locator('[name="when"][value="later"]')).toBeChecked();
        await field(page, 'date').fill('2999-12-31');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await expect(page.getByText('2999-12-31 10:45:00 UTC+00:00').first()).toBeVisible();
        await page.getByRole('button', { name: 'Run now' }).click();
        await expect(page.getByText('Sent by hand').first()).toBeVisible();
        await page.getByRole('link', { name: 'Delete', exact: true }).click();
        await expect(page.getByRole('heading', { name: 'Delete this schedule?' }), 'nothing is deleted unasked').toBeVisible();
        await page.getByRole('button', { name: 'Delete it' }).click();
        await page.waitForURL(/\/email\/schedules$/);
        await expect(page.getByText('No schedule here')).toBeVisible();
    });
});
