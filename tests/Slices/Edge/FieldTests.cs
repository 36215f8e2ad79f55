using FluentValidation;
using Nico.SharedKernel.Fields;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Names, descriptions and labels. spec/00-conventions.md, sections 5.3, 5.4 and 15.</summary>
public sealed class FieldTests
{
    private sealed record Thing(string? Name = null, string? Text = null, string? Id = null, Dictionary<string, string>? Labels = null);

    private sealed class Required : AbstractValidator<Thing>
    {
        public Required() => RuleFor(thing => thing.Name).RequiredName();
    }

    private sealed class Optional : AbstractValidator<Thing>
    {
        public Optional()
        {
            RuleFor(thing => thing.Name).OptionalName(64);
            RuleFor(thing => thing.Text).SiteDescription();
            RuleFor(thing => thing.Id).UuidOrEmpty();
            RuleFor(thing => thing.Labels).Labels();
        }
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("a b")]
    [InlineData("a&&b")]
    [InlineData("é")]
    [InlineData("\u00A0a")]
    public void A_name_may_be_anything_between_its_ends(string name) => Assert.True(new Required().Validate(new Thing(name)).IsValid);

    [Theory]
    [InlineData(null, "required")]
    [InlineData("", "2 to 256")]
    [InlineData("a", "2 to 256")]
    [InlineData(" a", "white space")]
    [InlineData("a ", "white space")]
    [InlineData("a\n", "white space")]
    [InlineData("a\tb", "control")]
    [InlineData("a\nb", "control")]
    [InlineData("a\u001bb", "control")]
    [InlineData("a\u0085b", "control")]
    [InlineData("a\u2028b", "control")]
    [InlineData("a\u202eb", "control")]
    [InlineData("\fab", "white space")]
    [InlineData(" ", "white space")]
    public void A_name_that_is_none_breaks_its_first_rule_only(string? name, string problem) =>
        Assert.Contains(problem, Assert.Single(new Required().Validate(new Thing(name)).Errors).ErrorMessage, StringComparison.Ordinal);

    [Fact]
    public void Lengths_are_bytes()
    {
        Assert.True(new Required().Validate(new Thing(new string('a', 256))).IsValid);
        Assert.False(new Required().Validate(new Thing(new string('a', 257))).IsValid);
        Assert.True(new Required().Validate(new Thing(new string('é', 128))).IsValid);
        Assert.False(new Required().Validate(new Thing(new string('é', 129))).IsValid);
        Assert.False(new Optional().Validate(new Thing(new string('a', 65))).IsValid);
        Assert.True(new Optional().Validate(new Thing(Text: new string('é', 512))).IsValid);
        Assert.False(new Optional().Validate(new Thing(Text: new string('é', 512) + "a")).IsValid);
    }

    [Fact]
    public void What_is_optional_may_be_absent_but_not_wrong()
    {
        Assert.True(new Optional().Validate(new Thing()).IsValid);
        Assert.False(new Optional().Validate(new Thing("")).IsValid);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d", true)]
    [InlineData("018F2C5E-9D1C-7CC0-8F00-3E2F5B6A7C8D", false)]
    [InlineData("{018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d}", false)]
    [InlineData("018f2c5e9d1c7cc08f003e2f5b6a7c8d", false)]
    [InlineData(" 018f2c5e-9d1c-7cc0-8f00-3e2f5b6a7c8d", false)]
    public void A_uuid_of_a_body_is_in_lower_case(string? id, bool isValid) => Assert.Equal(isValid, new Optional().Validate(new Thing(Id: id)).IsValid);

    [Fact]
    public void Labels_are_few_and_have_keys()
    {
        Assert.True(Valid(Enumerable.Range(0, 10).ToDictionary(i => $"k{i}", _ => "")));
        Assert.False(Valid(Enumerable.Range(0, 11).ToDictionary(i => $"k{i}", _ => "")));
        Assert.True(Valid(new() { [new string('k', 255)] = new string('v', 255) }));
        Assert.False(Valid(new() { [new string('k', 256)] = "" }));
        Assert.False(Valid(new() { ["k"] = new string('v', 256) }));
        Assert.False(Valid(new() { ["k"] = new string('é', 128) }));
        Assert.False(Valid(new() { [""] = "v" }));
        Assert.False(Valid(new() { [" \t"] = "v" }));
        Assert.False(Valid(new() { ["k"] = null! }));

        static bool Valid(Dictionary<string, string> labels) => new Optional().Validate(new Thing(Labels: labels)).IsValid;
    }
}
