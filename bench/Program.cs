using System.CommandLine;
using Nico.Bench;

// Two programs in one: the benchmark, and the bare API that it measures beside Nico as a process of its own.
if (args is ["bare", var plan, var connectionString])
{
    await BareApi.Serve(plan, connectionString);
    return 0;
}

var machines = new Option<int>("--machines") { Description = "Machines in the tables.", DefaultValueFactory = _ => 20_000 };
var instances = new Option<int>("--instances") { Description = "Instances in the tables.", DefaultValueFactory = _ => 5_000 };
var vpcs = new Option<int>("--vpcs") { Description = "VPCs in the tables.", DefaultValueFactory = _ => 2_000 };
var history = new Option<int>("--history") { Description = "Entries of instances' status history.", DefaultValueFactory = _ => 100_000 };
var seconds = new Option<int>("--seconds") { Description = "How long each measurement lasts.", DefaultValueFactory = _ => 5 };
var only = new Option<string?>("--only") { Description = "Only measurements whose name contains this." };
var output = new Option<string?>("--output") { Description = "A file for the figures, as Markdown." };
var command = new RootCommand("Measures Nico beside a bare API with the same SQL and JSON, and beside PostgreSQL alone.") { machines, instances, vpcs, history, seconds, only, output };
command.SetAction((line, ct) => Benchmark.Run(
    new BenchOptions(
        line.GetValue(machines), line.GetValue(instances), line.GetValue(vpcs), line.GetValue(history), line.GetValue(seconds), line.GetValue(only), line.GetValue(output)),
    ct));
return await command.Parse(args).InvokeAsync();
