using System.Net;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Nico.SiteLink.Reports;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteLink;

/// <summary>What a site reports of one object: read when it is asked for, and harmless then.</summary>
public sealed partial class Report<TItem>(string id, ObjectFrame frame)
    where TItem : class, IMessage<TItem>, new()
{
    private static readonly MessageParser<TItem> _parser = new(() => new TItem());
    private TItem? _item;
    private Reading? _reading;

    /// <summary>Its id, as Nico spells it.</summary>
    public string Id => id;

    /// <summary>The id of a kind that has UUIDs.</summary>
    public Guid Uuid => Guid.Parse(id);

    /// <summary>Of what counts in its bytes.</summary>
    public long Hash => frame.Hash;

    /// <summary>What it says. Throws <see cref="UnreadableReport"/> when the bytes make no sense.</summary>
    public TItem Item
    {
        get
        {
            if (_item is null)
            {
                try
                {
                    var item = _parser.ParseFrom(frame.Bytes);
                    _reading = Reading.Of(item);
                    _item = item;
                }
                catch (InvalidProtocolBufferException e)
                {
                    throw new UnreadableReport(e);
                }
            }

            return _item;
        }
    }

    /// <summary>What was left out when it was read, in words; null for nothing.</summary>
    public string? LeftOut => _reading is { LeftOut.Count: > 0 } reading ? string.Join("; ", reading.LeftOut) : null;

    /// <summary>True when the field, named by its path, or something within it was left out: then what is stored of it stays.</summary>
    public bool Lacks(string path) => Item is not null && _reading!.Lacks(path);

    /// <summary>Notes that something was left out.</summary>
    public void LeaveOut(string what, string why)
    {
        _ = Item;
        _reading!.LeaveOut(what, why);
    }

    /// <summary>A MAC address; null, and named among what was left out, when it is none.</summary>
    public string? Mac(string what, string? text) => Valid(what, text, "is no MAC address", mac => MacAddress().IsMatch(mac));

    /// <summary>An IP address without the length that some controllers add; null, and named among what was left out, when it is none.</summary>
    public string? Address(string what, string? text) =>
        Valid(what, text?.Split('/')[0], "is no IP address", address => address.Length <= 45 && IPAddress.TryParse(address, out _));

    /// <summary>A number up to <paramref name="most"/>; null, and named among what was left out, when it is not.</summary>
    public int? Number(string what, long number, int most)
    {
        if (number >= 0 && number <= most)
        {
            return (int)number;
        }

        LeaveOut(what, "is out of range");
        return null;
    }

    private string? Valid(string what, string? text, string otherwise, Func<string, bool> isValid)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (isValid(text))
        {
            return text;
        }

        LeaveOut(what, otherwise);
        return null;
    }

    [GeneratedRegex(@"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}\z|^[0-9A-Fa-f]{12}\z|^([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}\z")]
    private static partial Regex MacAddress();
}

/// <summary>The bytes of a report make no sense.</summary>
public sealed class UnreadableReport(Exception cause) : Exception("Its bytes cannot be read: " + cause.Message, cause);
