<?php
// Reports orders to Cashtrail. Needs PHP 8 and nothing else.
//
//   CASHTRAIL_URL=https://www.store-domain.com/cashtrail/api/v1 CASHTRAIL_TOKEN=… php report.php 1001
//
// In your checkout, call report() where the order becomes final: a collector that hangs takes some eleven seconds of it. Keep an order that it
// could not report, and let a cron job report it again.

declare(strict_types=1);

const TRIES = 2;
const SECONDS = 5; // a ledger that hangs is given up after three

/** Calls Cashtrail, and once more where it does not answer: the same order twice counts once. */
function cashtrail(string $method, string $path, ?array $body = null): array
{
    $options = [
        'method' => $method,
        'header' => ['Authorization: Bearer ' . getenv('CASHTRAIL_TOKEN'), 'Content-Type: application/json'],
        'timeout' => SECONDS,
        'ignore_errors' => true,
        'follow_location' => 0,
    ];
    if ($body !== null) {
        $options['content'] = json_encode($body, JSON_THROW_ON_ERROR);
    }
    for ($try = 1; ; $try++) {
        $stream = @fopen(getenv('CASHTRAIL_URL') . $path, 'r', false, stream_context_create(['http' => $options]));
        $status = $stream ? (int) explode(' ', stream_get_meta_data($stream)['wrapper_data'][0])[1] : 0;
        $text = $stream ? stream_get_contents($stream) : 'nothing';
        $answer = $text === '' ? [] : json_decode((string) $text, true);
        if ($status >= 200 && $status < 300 && is_array($answer)) {
            return $answer;
        }
        // Nobody answered, or not whole, or it asks for patience. Anything else would be answered the same again.
        $mayPass = $status < 300 || $status === 429 || $status >= 500;
        if (!$mayPass || $try === TRIES) {
            // detail says what to do, and issues lists everything that is wrong.
            throw new RuntimeException("Cashtrail answered $status: $text");
        }
        sleep(1);
    }
}

/** Reports an order with the cookies of the shopper's own request. */
function report(array $order, string $cookie): array
{
    return cashtrail('POST', '/orders', ['order' => $order, 'cookie' => $cookie]);
}

$number = $argv[1];
$order = [
    'number' => $number,
    'currency' => 'SEK',
    // Integers in minor units, for the whole line and after its own discount: 20000 is 200.00 without VAT.
    'lines' => [['sku' => 'mug', 'name' => 'Kåsa, blå', 'quantity' => 2, 'net' => 20000, 'vat' => 5000]],
    'discount' => ['net' => 1000, 'vat' => 250],
    'placedAt' => date(DATE_ATOM),
];

try {
    // On a web page it is $_SERVER['HTTP_COOKIE'].
    $reported = report($order, $_SERVER['HTTP_COOKIE'] ?? '');
    echo $reported['credited'] === []
        ? "$number is credited to nobody: {$reported['reason']}\n"
        : "$number is credited to " . implode(', ', $reported['credited']) . "\n";
    $found = cashtrail('GET', '/orders/' . rawurlencode($number));
    foreach ($found['conversions'] as $conversion) {
        foreach ($conversion['postbacks'] as $postback) {
            echo "{$postback['id']} is {$postback['state']}\n";
        }
    }
} catch (RuntimeException $problem) {
    // Keep the order, and report it again later: this is where nothing else would.
    fwrite(STDERR, $problem->getMessage() . "\n");
    exit(1);
}
