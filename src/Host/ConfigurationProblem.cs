namespace Nico.Host;

/// <summary>Something is wrong in a way that only the operator can mend: said in one sentence, without a stack trace.</summary>
internal sealed class ConfigurationProblem(string message) : Exception(message);

/// <summary>Reads configuration without letting anything wrong pass: the binder alone leaves out entries that it cannot read.</summary>
internal static class StrictConfiguration
{
    /// <summary>The entries of a list; a value of the wrong type and a key that does not exist are problems.</summary>
    public static List<T> Entries<T>(this IConfiguration configuration, string section)
    {
        var entries = configuration.GetSection(section);
        try
        {
            return entries.Get<List<T>>(options => options.ErrorOnUnknownConfiguration = true) ?? [];
        }
        catch (InvalidOperationException wrong)
        {
            throw new ConfigurationProblem($"{section}: {Reason(wrong)}");
        }
    }

    /// <summary>A section; a value of the wrong type and a key that does not exist are problems.</summary>
    public static T Section<T>(this IConfiguration configuration, string section)
        where T : new()
    {
        try
        {
            return configuration.GetSection(section).Get<T>(options => options.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException wrong)
        {
            throw new ConfigurationProblem($"{section}: {Reason(wrong)}");
        }
    }

    /// <summary>One value.</summary>
    public static T Value<T>(this IConfiguration configuration, string key, T fallback)
    {
        try
        {
            return configuration.GetValue(key, fallback)!;
        }
        catch (InvalidOperationException wrong)
        {
            throw new ConfigurationProblem(Reason(wrong));
        }
    }

    private static string Reason(Exception wrong) => wrong.InnerException is InvalidOperationException inner ? Reason(inner) : wrong.Message;
}
