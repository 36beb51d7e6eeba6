// Starts a did:plc directory and a Bluesky server beside it, and runs until it is told to stop or its caller is gone.
//
// Called by tests/peers/pds.py as: node pds_server.mjs '<JSON settings>'. The caller has already bound both sockets on
// loopback and hands them over as file descriptors: so nothing can take the ports in between, and neither server can
// listen on every interface, which both do when left alone.

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const settings = JSON.parse(process.argv[2])
const listeners = new Map([
  [settings.plcPort, settings.plcFd],
  [settings.pdsPort, settings.pdsFd],
])

const listenAnywhere = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  const fd = listeners.get(port)
  if (fd === undefined) throw new Error(`only the two given ports may be listened on, not ${JSON.stringify(port)}`)
  return listenAnywhere.call(this, { fd }, ...rest)
}

const home = mkdtempSync(path.join(tmpdir(), 'dravo-pds-'))

async function start() {
  const { Database, PlcServer } = await installed('@did-plc/server')
  const { PDS } = await installed('@atproto/pds')
  const plc = PlcServer.create({ db: Database.mock(), port: settings.plcPort })
  await plc.start()
  const pds = await PDS.fromEnv(pdsSettings())
  await pds.start()
}

async function installed(name) {
  const resolve = createRequire(path.join(settings.app, 'package.json')).resolve
  const module = await import(pathToFileURL(resolve(name)))
  return { ...module.default, ...module }
}

function pdsSettings() {
  return {
    port: settings.pdsPort,
    hostname: 'localhost',
    devMode: true,
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    disableSsrfProtection: true,
    didPlcUrl: `http://127.0.0.1:${settings.plcPort}`,
    dataDirectory: home,
    blobstoreDiskLocation: path.join(home, 'blobs'),
    blobstoreDiskTmpLocation: path.join(home, 'blobs-unfinished'),
    jwtSecret: settings.jwtSecret,
    dpopSecret: settings.dpopSecret,
    adminPassword: settings.adminPassword,
    plcRotationKeyK256PrivateKeyHex: settings.rotationKey,
    rateLimitsEnabled: settings.rateLimits,
    // Nothing of Bluesky beyond this server exists here; reads that need it answer 502.
    bskyAppViewUrl: 'https://appview.invalid',
    bskyAppViewDid: 'did:example:invalid',
    bskyAppViewCdnUrlPattern: 'http://cdn.invalid/%s/%s/%s',
    modServiceUrl: 'https://moderation.invalid',
    modServiceDid: 'did:example:invalid',
    crawlers: [],
  }
}

// Nothing here is worth an orderly end: what it held is forgotten anyway, and a connection that won't close can't keep us.
function leave(code) {
  rmSync(home, { recursive: true, force: true })
  process.exit(code)
}

process.on('SIGTERM', () => leave(0))
process.on('SIGINT', () => leave(0))
process.stdin.on('end', () => leave(0)).resume() // the caller holds the other end: it ends when the caller does

start().catch((error) => {
  console.error(error)
  leave(1)
})
