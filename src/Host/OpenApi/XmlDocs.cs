using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Nico.Host.OpenApi;

/// <summary>The XML documentation that the compiler writes beside each assembly.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, XElement> _members = [];

    public XmlDocs()
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.xml"))
        {
            foreach (var member in XDocument.Load(file).Descendants("member"))
            {
                _members[(string)member.Attribute("name")!] = member;
            }
        }
    }

    /// <summary>The summary of a type.</summary>
    public string? Of(Type type) => Text(Member("T:" + NameOf(type))?.Element("summary"));

    /// <summary>The summary of a property, or the text of a positional record's parameter of that name.</summary>
    public string? Of(PropertyInfo property)
    {
        var type = property.DeclaringType!;
        return Text(Member($"P:{NameOf(type)}.{property.Name}")?.Element("summary"))
            ?? Text(Member("T:" + NameOf(type))?.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == property.Name));
    }

    /// <summary>What each value of an enumeration means.</summary>
    public IEnumerable<(string Value, string? Meaning)> Values(Type type) =>
        Enum.GetNames(type).Select(name => (name, Text(Member($"F:{NameOf(type)}.{name}")?.Element("summary"))));

    private XElement? Member(string name) => _members.GetValueOrDefault(name);

    private static string NameOf(Type type) =>
        (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    /// <summary>Text as one line; references as the last part of their names.</summary>
    private static string? Text(XElement? element)
    {
        if (element is null)
        {
            return null;
        }

        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "see" } see => ((string?)see.Attribute("cref") ?? "").Split('.', ':')[^1],
            XElement inner => "`" + inner.Value + "`",
            _ => "",
        }));
        return Spaces().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
