using System.CommandLine;
using Nico.Host;
using Nico.Host.CommandLine;

var root = new RootCommand("Nico: a REST API for bare-metal clouds.")
{
    RunCommand.Make(),
    ServeCommand.Make(),
    MigrateCommand.Make(),
    TokenCommand.Make(),
    OpenApiCommand.Make(),
    DemoCommand.Make(),
    CommandsCommand.Make(),
    KeysCommand.Make(),
    PairCommand.Make(),
    SimulateCommand.Make(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (ConfigurationProblem problem)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
