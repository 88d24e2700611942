// Examples for amqplib, run by test_amqplib.py: node examples.js EXAMPLE URL NAME.
// Each checks what it sees and exits with 0 only if all was right.

const assert = require('node:assert/strict')
const amqp = require('amqplib')
const { once } = require('node:events')

const [example, url, name] = process.argv.slice(2)

const numbers = (count) => Array.from({ length: count }, (_, number) => String(number))

// Consumes until `count` messages have come; acks each.
async function take(channel, queue, count, options = {}) {
  const taken = []
  let consumerTag
  await new Promise((resolve, reject) => {
    channel.consume(queue, (message) => {
      if (message === null) return reject(new Error('the consumer was cancelled'))
      taken.push(message)
      if (!options.noAck) channel.ack(message)
      if (taken.length === count) resolve()
    }, options).then((answer) => { consumerTag = answer.consumerTag }, reject)
  })
  await channel.cancel(consumerTag)
  return taken
}

const texts = (messages) => messages.map((message) => message.content.toString())

const examples = {
  async publishAndConsume(connection) {
    const channel = await connection.createChannel()
    await channel.assertQueue(name, { durable: true })
    for (const text of numbers(500)) channel.sendToQueue(name, Buffer.from(text), { persistent: true })
    await channel.prefetch(50)
    assert.deepEqual(texts(await take(channel, name, 500)), numbers(500))
  },

  async confirms(connection) {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(name, { durable: true })
    let confirmed = 0
    for (const text of numbers(1000)) {
      channel.sendToQueue(name, Buffer.from(text), { persistent: true }, (error) => { if (!error) confirmed += 1 })
    }
    await channel.waitForConfirms()
    assert.equal(confirmed, 1000)
    assert.equal((await channel.checkQueue(name)).messageCount, 1000)
  },

  async rejectPublish(connection) {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(name, { durable: true, maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } })
    channel.sendToQueue(name, Buffer.from('kept'))
    await channel.waitForConfirms()
    channel.sendToQueue(name, Buffer.from('refused'))
    await assert.rejects(channel.waitForConfirms(), /nack/)
  },

  async mandatory(connection) {
    const channel = await connection.createConfirmChannel()
    const returned = once(channel, 'return')
    channel.publish('', name, Buffer.from('back'), { mandatory: true })
    const [message] = await returned
    assert.equal(message.fields.replyCode, 312)
    assert.equal(message.content.toString(), 'back')
    await channel.waitForConfirms()
  },

  async topics(connection) {
    const channel = await connection.createChannel()
    await channel.assertExchange(name, 'topic')
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, name, 'orders.*.eu')
    for (const key of ['orders.new.eu', 'orders.new.us', 'orders.eu']) channel.publish(name, key, Buffer.from(key))
    assert.deepEqual(texts(await take(channel, queue, 1)), ['orders.new.eu'])
  },

  async headersOfJavaScript(connection) {
    const channel = await connection.createChannel()
    await channel.assertQueue(name)
    const headers = { text: 'ü', int: 7, negative: -7, big: 2 ** 40, double: 1.5, yes: true, nothing: null,
      list: [1, 'two', { three: 3 }], bytes: Buffer.from([0, 255]), time: { '!': 'timestamp', value: 1_700_000_000 } }
    channel.sendToQueue(name, Buffer.from('x'), { headers, timestamp: 1_700_000_000, priority: 3, type: 't' })
    const [message] = await take(channel, name, 1)
    assert.deepEqual(message.properties.headers, headers)
    assert.equal(message.properties.priority, 3)
    assert.equal(message.properties.timestamp, 1_700_000_000)
  },

  async nackAndDeadLetter(connection) {
    const channel = await connection.createChannel()
    await channel.assertQueue(name + '-dead')
    await channel.assertQueue(name, { deadLetterExchange: '', deadLetterRoutingKey: name + '-dead' })
    channel.sendToQueue(name, Buffer.from('x'))
    let deliveries = 0
    await new Promise((resolve) => channel.consume(name, (message) => {
      deliveries += 1
      assert.equal(message.fields.redelivered, deliveries > 1)
      channel.nack(message, false, deliveries < 3)
      if (deliveries === 3) resolve()
    }))
    const [message] = await take(channel, name + '-dead', 1)
    const [death] = message.properties.headers['x-death']
    assert.deepEqual([death.queue, death.reason, death.count], [name, 'rejected', 1])
  },

  async expiry(connection) {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(name + '-dead')
    await channel.assertQueue(name, { messageTtl: 100, deadLetterExchange: '', deadLetterRoutingKey: name + '-dead' })
    channel.sendToQueue(name, Buffer.from('x'))
    assert.equal((await take(channel, name + '-dead', 1))[0].properties.headers['x-first-death-reason'], 'expired')
  },

  async priorities(connection) {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(name, { maxPriority: 5 })
    for (const priority of [1, 5, 3]) channel.sendToQueue(name, Buffer.from(String(priority)), { priority })
    await channel.waitForConfirms()
    assert.deepEqual(texts(await take(channel, name, 3)), ['5', '3', '1'])
  },

  async cancelledByDeletion(connection) {
    const channel = await connection.createChannel()
    await channel.assertQueue(name)
    const cancelled = new Promise((resolve) => channel.consume(name, (message) => message === null && resolve()))
    await channel.deleteQueue(name)
    await cancelled
  },

  async directReplyTo(connection) {
    const [client, server] = [await connection.createChannel(), await connection.createChannel()]
    await server.assertQueue(name)
    await server.consume(name, (question) => {
      server.sendToQueue(question.properties.replyTo, Buffer.from(question.content.toString().toUpperCase()),
        { correlationId: question.properties.correlationId })
      server.ack(question)
    })
    const answered = new Promise((resolve) => client.consume('amq.rabbitmq.reply-to', resolve, { noAck: true }))
    client.sendToQueue(name, Buffer.from('hello'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: '42' })
    const answer = await answered
    assert.equal(answer.content.toString(), 'HELLO')
    assert.equal(answer.properties.correlationId, '42')
  },

  async refusals(connection) {
    const cases = [
      [404, /NOT_FOUND - no queue/, (channel) => channel.checkQueue(name)],
      [404, /NOT_FOUND - no exchange/, (channel) => channel.checkExchange(name)],
      [403, /ACCESS_REFUSED - queue name 'amq\.x' contains reserved prefix/, (channel) => channel.assertQueue('amq.x')],
      [406, /PRECONDITION_FAILED - inequivalent arg 'durable'/, async (channel) => {
        await channel.assertQueue(name, { durable: true })
        await channel.assertQueue(name, { durable: false })
      }],
    ]
    for (const [code, sentence, attempt] of cases) {
      const channel = await connection.createChannel()
      channel.on('error', () => {})
      await assert.rejects(attempt(channel), (error) => error.code === code && sentence.test(error.message))
    }
  },

  async largeMessage(connection) {
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(name)
    const body = Buffer.alloc(5 * 1024 * 1024, 'large ')
    channel.sendToQueue(name, body)
    await channel.waitForConfirms()
    assert.ok((await take(channel, name, 1))[0].content.equals(body))
  },

  async updateSecret(connection) {
    await connection.updateSecret(Buffer.from('guest'), 'refreshed')
    await connection.createChannel()
  },
}

async function main() {
  const connection = await amqp.connect(url)
  await examples[example](connection)
  await connection.close()
}

main().then(() => process.exit(0), (error) => {
  console.error(error)
  process.exit(1)
})
