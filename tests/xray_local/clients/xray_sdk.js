// A program that AWS's SDK for Node traces; run by test_node. Prints the trace id.
const AWSXRay = require("aws-xray-sdk-core");

AWSXRay.enableManualMode();
const segment = new AWSXRay.Segment("node-app");
segment.addAnnotation("order", 7);
const call = segment.addNewSubsegment("payment");
call.namespace = "remote";
call.addError(new Error("no payment today"));
call.close();
segment.addFaultFlag();
segment.close();
console.log(segment.trace_id);
setTimeout(() => process.exit(0), 300);
