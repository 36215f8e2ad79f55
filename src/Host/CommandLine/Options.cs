using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Nico.Host.CommandLine;

/// <summary>Options that several verbs have.</summary>
internal static class Options
{
    public static Option<string?> Data() => new("--data")
    {
        Description = "Folder of the embedded default's state. Default: nico in the user's state directory, /var/lib/nico for root.",
        HelpName = "DIR",
    };

    public static Option<string> Org() => new("--org")
    {
        Description = "Name of the org.",
        DefaultValueFactory = _ => "demo",
        HelpName = "NAME",
    };

    public static Option<int> Port() => Bounded("--port", "Port of the API, on loopback.", 8388, 0, 65535);

    public static Option<int> MetricsPort() => Bounded("--metrics-port", "Port of the metrics and the operator's view, on loopback.", 9360, 0, 65535);

    public static Option<int> Machines() => Bounded("--machines", "Machines of the simulated site.", 36, 1, 50_000);

    public static Option<double> Speed()
    {
        var option = new Option<double>("--speed") { Description = "How much faster than real hardware the simulated site is.", DefaultValueFactory = _ => 60 };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var speed) && speed is > 0 and <= 1_000_000))
            {
                result.AddError("--speed must be a number above 0 and at most 1000000");
            }
        });
        return option;
    }

    public static Option<TimeSpan> Lifetime() => new("--ttl")
    {
        Description = "How long the token is valid, such as 30m, 12h or 7d.",
        DefaultValueFactory = _ => TimeSpan.FromHours(12),
        CustomParser = Lifetime,
        HelpName = "TIME",
    };

    public static Option<int> Bounded(string name, string description, int fallback, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && (value < min || value > max))
            {
                result.AddError($"{name} must be from {min} to {max}");
            }
        });
        return option;
    }

    private static TimeSpan Lifetime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length > 1 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 100_000)
        {
            switch (text[^1])
            {
                case 's': return TimeSpan.FromSeconds(number);
                case 'm': return TimeSpan.FromMinutes(number);
                case 'h': return TimeSpan.FromHours(number);
                case 'd': return TimeSpan.FromDays(number);
            }
        }

        result.AddError($"'{text}' is no time: give a number and s, m, h or d, such as 12h");
        return default;
    }
}
