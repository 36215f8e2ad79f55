using System.Text.Json;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;

namespace Nico.Compute.UserData;

/// <summary>How instances tell that they are up: the configuration section <c>PhoneHome</c>.</summary>
public sealed class PhoneHomeOptions
{
    /// <summary>Where a booted operating system calls; put into the user data of instances that are to phone home. Default <c>http://localhost</c>.</summary>
    public string Url { get; set; } = "http://localhost";
}

/// <summary>
/// Puts the order to phone home into a cloud-config, or takes it out. The rest of the text stays as it is, comments and layout included.
/// Source: spec/32-operating-system.md, sections 3.2 and 3.4.
/// </summary>
internal sealed class PhoneHome(IOptions<PhoneHomeOptions> options)
{
    private const string Key = "phone_home";
    private const string Header = "#cloud-config";

    private string Url => options.Value.Url;

    /// <summary>User data with exactly one order to phone home; 400 when it is no YAML mapping.</summary>
    public string Insert(string? userData)
    {
        if (string.IsNullOrEmpty(userData))
        {
            return $"{Header}\n{Block(0, "\n")}";
        }

        var config = CloudConfig.Read(userData) ?? throw NoCloudConfig();
        var text = WithHeader(config.IsFlow ? InsertIntoFlow(userData, config) : InsertIntoBlock(userData, config));

        // What came out must hold the one order, and everything else that was there.
        var others = config.Entries.Count(entry => entry.Name != Key);
        return CloudConfig.Read(text)?.Entries is { } entries
            && entries.Count == others + 1
            && entries.Where(entry => entry.Name == Key).ToArray() is [var order]
            && order.Url == Url
                ? text
                : throw NoCloudConfig();
    }

    /// <summary>User data without Nico's own order to phone home. What is no YAML, or has none, stays as it is; nothing left is an empty text.</summary>
    public string? Remove(string? userData)
    {
        if (string.IsNullOrEmpty(userData) || CloudConfig.Read(userData) is not { } config)
        {
            return userData;
        }

        var own = config.Entries.Where(entry => entry.Name == Key && entry.Url == Url).ToArray();
        return own.Length == 0 ? userData
            : own.Length == config.Entries.Count ? ""
            : config.IsFlow ? Flow(userData, config, config.Entries.Except(own).Select(entry => entry.In(userData)))
            : Without(userData, own);
    }

    private static Problem NoCloudConfig() =>
        Problem.Invalid("userData", "must be a cloud-config (a YAML mapping) when phone home is enabled");

    private string InsertIntoBlock(string text, CloudConfig config)
    {
        var newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var tail = text[config.End..];
        var head = Without(text[..config.End], config.Entries.Where(entry => entry.Name == Key));
        return head + (head.Length > 0 && head[^1] is not ('\n' or '\r') ? newLine : "") + Block(config.Indent, newLine) + tail;
    }

    private string InsertIntoFlow(string text, CloudConfig config) => Flow(
        text,
        config,
        [
            .. config.Entries.Where(entry => entry.Name != Key).Select(entry => entry.In(text)),
            $"\"{Key}\": {{\"url\": {JsonSerializer.Serialize(Url)}, \"post\": \"all\"}}",
        ]);

    private static string Flow(string text, CloudConfig config, IEnumerable<string> entries) =>
        $"{text[..config.Start]}{{{string.Join(", ", entries)}}}{text[config.End..]}";

    private string Block(int indent, string newLine)
    {
        var margin = new string(' ', indent);
        return $"{margin}{Key}:{newLine}{margin}  url: {Url}{newLine}{margin}  post: all{newLine}";
    }

    /// <summary>cloud-init looks at the first line only; one that names a template stays before the header.</summary>
    private static string WithHeader(string text)
    {
        var at = 0;
        if (FirstLine(text, 0).StartsWith("## template:", StringComparison.Ordinal))
        {
            at = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        }

        var line = FirstLine(text, at);
        return line == Header || line.StartsWith(Header + " ", StringComparison.Ordinal) ? text : text.Insert(at, Header + "\n");
    }

    private static string FirstLine(string text, int from) => text[from..].TrimStart('\n', '\r').Split('\n', 2)[0].Trim();

    private static string Without(string text, IEnumerable<Entry> entries)
    {
        foreach (var entry in entries.OrderByDescending(entry => entry.Start))
        {
            var start = text.LastIndexOfAny(CloudConfig.LineBreaks, entry.Start) + 1;
            text = text.Remove(start, CloudConfig.EndOfLine(text, entry.End) - start);
        }

        return text;
    }
}
