using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

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
internal sealed class PhoneHome(IOptions<PhoneHomeOptions> options, Db db)
{
    private const string Key = "phone_home";
    private const string Header = "#cloud-config";

    /// <summary>Characters of a text that is rewritten where it is needed; a longer one is rewritten before the transaction.</summary>
    private const int Short = 4096;

    private readonly Dictionary<string, Lazy<string>> _inserted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Lazy<string>> _removed = new(StringComparer.Ordinal);

    private string Url => options.Value.Url;

    /// <summary>User data with exactly one order to phone home; 400 when it is no YAML mapping.</summary>
    public string Insert(string? userData)
    {
        return string.IsNullOrEmpty(userData) ? $"{Header}\n{Block(0, "\n")}" : Done(_inserted, userData, WithOrder);
    }

    private string WithOrder(string userData)
    {
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
        // An order of Nico's is there only where its key is.
        return userData is null || !userData.Contains(Key, StringComparison.Ordinal) ? userData : Done(_removed, userData, WithoutOrder);
    }

    private string WithoutOrder(string userData)
    {
        if (CloudConfig.Read(userData) is not { } config)
        {
            return userData;
        }

        var own = config.Entries.Where(entry => entry.Name == Key && entry.Url == Url).ToArray();
        return own.Length == 0 ? userData
            : own.Length == config.Entries.Count ? ""
            : config.IsFlow ? Flow(userData, config, config.Entries.Except(own).Select(entry => entry.In(userData)))
            : Without(userData, own);
    }

    /// <summary>Rewrites a text once; a long one never while a transaction is open.</summary>
    private string Done(Dictionary<string, Lazy<string>> done, string text, Func<string, string> rewrite)
    {
        if (!done.TryGetValue(text, out var result))
        {
            done[text] = result = new Lazy<string>(() => rewrite(text));
            if (db.InTransaction && text.Length > Short)
            {
                throw new NeedsWorkOutsideTransaction(() => _ = Quietly(result));
            }
        }

        return result.Value;
    }

    /// <summary>What is wrong with a text is said when its result is asked for.</summary>
    private static bool Quietly(Lazy<string> result)
    {
        try
        {
            return result.Value.Length > 0;
        }
        catch (Problem)
        {
            return false;
        }
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
        var kept = new StringBuilder(text.Length);
        var at = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Start))
        {
            var start = Math.Max(at, text.LastIndexOfAny(CloudConfig.LineBreaks, entry.Start) + 1);
            kept.Append(text, at, start - at);
            at = Math.Max(start, CloudConfig.EndOfLine(text, entry.End));
        }

        return kept.Append(text, at, text.Length - at).ToString();
    }
}
