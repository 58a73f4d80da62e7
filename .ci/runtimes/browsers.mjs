// How the system's browsers are started.
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launches = {
  chromium: { engine: 'chromium', options: { executablePath: '/usr/bin/chromium', args: quiet } },
  firefox: { engine: 'firefox', options: { channel: 'moz-firefox', executablePath: '/usr/bin/firefox-esr' } },
}
