import { defineConfig } from '@playwright/test';
import type { DatabaseKind } from './server.ts';

// Starts no server itself: every worker starts a binary of its own, see fixtures.ts.
export default defineConfig<object, { database: DatabaseKind }>({
    testDir: 'specs',
    outputDir: 'test-results',
    fullyParallel: false, // the tests of one spec tell one story on one server
    workers: 2,
    retries: 0, // a test that passes at the second try hides a fault
    forbidOnly: !!process.env.CI,
    timeout: 60_000,
    expect: { timeout: 10_000 },
    reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never' }]],
    // Every spec on both databases.
    projects: [
        { name: 'sqlite', use: { database: 'sqlite' } },
        { name: 'postgres', use: { database: 'postgres' } },
    ],
    use: {
        browserName: 'chromium',
        locale: 'en-GB',
        timezoneId: 'UTC',
        viewport: { width: 1440, height: 900 },
        trace: 'retain-on-failure',
        screenshot: 'only-on-failure',
        launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [
                '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
                '--disable-component-update', '--disable-sync', '--font-render-hinting=none',
            ],
        },
    },
});
