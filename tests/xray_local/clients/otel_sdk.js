// A program that OpenTelemetry's SDK for Node traces; run by test_node. Prints the trace id.
const { BasicTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { SpanKind, SpanStatusCode, trace, context } = require("@opentelemetry/api");
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${process.argv[2]}`);

async function main() {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "node-app" }),
    spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("tests");
  const span = tracer.startSpan("GET /buy", { kind: SpanKind.SERVER });
  span.setAttribute("http.response.status_code", 500);
  const below = trace.setSpan(context.active(), span);
  const call = tracer.startSpan("pay", { kind: SpanKind.CLIENT }, below);
  call.setAttribute("peer.service", "payment");
  call.recordException(new Error("no payment today"));
  call.setStatus({ code: SpanStatusCode.ERROR });
  call.end();
  span.end();
  console.log(span.spanContext().traceId);
  await provider.shutdown();
}

main();
