namespace Nico.Host;

/// <summary>Something is wrong in a way that only the operator can mend: said in one sentence, without a stack trace.</summary>
internal sealed class ConfigurationProblem(string message) : Exception(message);
