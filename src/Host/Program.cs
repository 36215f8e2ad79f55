using System.CommandLine;
using Nico.Host;
using Nico.Host.CommandLine;

Signals.HearInterrupts();
var root = new RootCommand("Nico: a REST API for bare-metal clouds.")
{
    RunCommand.Make(),
    ServeCommand.Make(),
    MigrateCommand.Make(),
    TokenCommand.Make(),
    OpenApiCommand.Make(),
    DemoCommand.Make(),
    CommandsCommand.Make(),
    SitesCommand.Make(),
    DriftCommand.Make(),
    KeysCommand.Make(),
    PairCommand.Make(),
    SimulateCommand.Make(),
};
try
{
    // A signal is an orderly stop, which takes as long as a server drains: ended before that, requests would lose their answers.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = NicoServer.Drain + TimeSpan.FromSeconds(15),
    });
}
catch (ConfigurationProblem problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
